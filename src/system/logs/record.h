#pragma once
// One line of the event file, read back: a flat JSON object.
//
// Hostile: the file may have been cut, or written to by somebody else. Anything that is not such an object is no
// record; what is one may still hold any text, so it is made printable before it is shown.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace logs {

struct Record {
    struct Member {
        std::string key;
        std::string value;  // numbers and truths as they were written
    };
    std::vector<Member> members;

    /// Empty where it is missing.
    std::string_view find(std::string_view key) const;
};

constexpr std::size_t longest_record = 64 * 1024;

std::optional<Record> parse_record(std::string_view line);

/// A value as people may see it. What was escaped when it was written is not escaped again.
std::string printable(std::string_view value);

/// The sentence of events.h, and key=value for what it does not name; "event" and all its keys for unknown ones.
std::string sentence(const Record& record);

}  // namespace logs
