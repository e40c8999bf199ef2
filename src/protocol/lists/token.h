#pragma once
// Proofs that somebody has read a letter of ours: a number, a last day, and an HMAC of both, what they are for and
// whom they are about, with the list's secret. Part of an address, so short, and the same in either case.
//
// Pure: the secret and the time are arguments. Hostile: addresses come from strangers; one whose HMAC is not right
// tells nothing, however near it came.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace lists {

enum class Purpose : std::uint8_t { Confirm = 1, Unsubscribe, Warning, Probe, Moderate };

struct Token {
    std::uint32_t number = 0;
    std::uint32_t last_day = 0;  // since 1970; 0: it is good for ever
    std::uint64_t proof = 0;
    bool operator==(const Token&) const = default;
};

/// `about`: an address; ASCII case does not count.
Token make_token(std::string_view secret, Purpose purpose, std::uint32_t number, std::uint32_t last_day,
                 std::string_view about);
bool is_genuine(std::string_view secret, Purpose purpose, const Token& token, std::string_view about);
inline bool is_over(const Token& token, std::int64_t now_seconds) {
    return token.last_day != 0 && now_seconds / 86'400 > token.last_day;
}

std::string to_text(const Token& token);
std::optional<Token> parse_token(std::string_view text);
constexpr std::size_t longest_token = 7 + 1 + 7 + 1 + 13;

}  // namespace lists
