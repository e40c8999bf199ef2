#pragma once
// What SpamAssassin's spamd is asked about a message, and what it answers: the protocol SPAMC/1.5, command SYMBOLS.
//
//   send(spamc::request(size, user)); send(message); spamc::ResponseReader reader;
//   while (!(response = reader.add(octets))) …            // or response = reader.finish(), where it hangs up
//
// Hostile: spamd runs rules over strangers' mail. What it says has limits, and a number that is none counts as no
// answer.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace spamc {

constexpr std::size_t longest_head = 8 * 1024;   // octets
constexpr std::size_t longest_body = 64 * 1024;  // names of tests

/// In front of a message of this size. `user`: one word of ASCII; empty: spamd's own.
std::string request(std::uint64_t size, std::string_view user);

struct Verdict {
    bool is_spam = false;  // by its own threshold
    double score = 0;
    std::vector<std::string> tests;
    bool operator==(const Verdict&) const = default;
};
/// Or what is wrong, in words for an administrator.
using Response = std::expected<Verdict, std::string>;

class ResponseReader {
public:
    /// Nothing: more has to come. It is final then.
    std::optional<Response> add(std::string_view octets);
    /// The connection has ended.
    Response finish();

private:
    std::optional<std::string> take_head();

    std::string octets_;
    std::optional<Verdict> verdict_;  // once the head is complete
    std::optional<std::size_t> length_;
};

}  // namespace spamc
