#pragma once
// The last reply of each task, each text kept once: a dead host gives the same answer for thousands of messages.

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace spool {

class Diagnostics {
public:
    /// A number for the text, to be released once; 0 for the empty text. Texts are cut to longest_diagnostic octets.
    /// Hostile: servers that put a different id into every reply cannot fill the memory; beyond `most_octets` only the
    /// codes ("450 4.2.1") of further texts are kept.
    std::uint32_t intern(std::string_view text);
    void release(std::uint32_t number);
    std::string_view text(std::uint32_t number) const;

    std::size_t size() const { return numbers_.size(); }
    static constexpr std::size_t most_octets = 32 * 1024 * 1024;

private:
    struct Kept {
        const std::string* text = nullptr;  // the key in numbers_
        std::uint32_t uses = 0;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
    };

    std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
    std::vector<Kept> kept_{1};  // by number; 0 is the empty text
    std::vector<std::uint32_t> free_;
    std::size_t octets_ = 0;
};

}  // namespace spool
