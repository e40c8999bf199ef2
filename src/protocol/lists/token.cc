#include "lists/token.h"

#include <algorithm>
#include <array>
#include <limits>

#include "crypto/digest.h"
#include "text/ascii.h"
#include "text/crockford.h"

namespace lists {
namespace {

constexpr std::size_t number_length = 7;  // characters of 32 bits

std::string octets_of(std::uint64_t number) {
    std::string octets;
    for (int shift = 56; shift >= 0; shift -= 8) octets += static_cast<char>(number >> shift & 0xff);
    return octets;
}

std::string short_text(std::uint64_t number) {
    const auto all = text::to_crockford(number);
    const auto text = text::lower({all.data(), all.size()});
    const auto first = std::min(text.find_first_not_of('0'), text.size() - 1);
    return text.substr(first);
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::size_t longest) {
    if (text.empty() || text.size() > longest || (text.size() > 1 && text.front() == '0')) return std::nullopt;
    return text::parse_crockford(std::string(text::crockford_length - text.size(), '0') + std::string(text));
}

std::uint64_t proof_of(std::string_view secret, Purpose purpose, std::uint32_t number, std::uint32_t last_day,
                       std::string_view about) {
    const auto octets =
        std::string(1, static_cast<char>(purpose)) + octets_of(number) + octets_of(last_day) + text::lower(about);
    const auto mac = crypto::hmac(crypto::Digest::Sha256, secret, octets);
    std::uint64_t proof = 0;
    for (std::size_t i = 0; i < 8; ++i) proof = proof << 8 | static_cast<unsigned char>(mac[i]);
    return proof;
}

}  // namespace

Token make_token(std::string_view secret, Purpose purpose, std::uint32_t number, std::uint32_t last_day,
                 std::string_view about) {
    return {number, last_day, proof_of(secret, purpose, number, last_day, about)};
}

bool is_genuine(std::string_view secret, Purpose purpose, const Token& token, std::string_view about) {
    const auto right = proof_of(secret, purpose, token.number, token.last_day, about);
    return crypto::are_equal(octets_of(right), octets_of(token.proof));
}

std::string to_text(const Token& token) {
    return short_text(token.number) + "." + short_text(token.last_day) + "." + short_text(token.proof);
}

std::optional<Token> parse_token(std::string_view text) {
    const auto first = text.find('.');
    const auto second = first == std::string_view::npos ? first : text.find('.', first + 1);
    if (second == std::string_view::npos) return std::nullopt;
    const auto number = parse_number(text.substr(0, first), number_length);
    const auto last_day = parse_number(text.substr(first + 1, second - first - 1), number_length);
    const auto proof = parse_number(text.substr(second + 1), text::crockford_length);
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    if (!number || !last_day || !proof || *number > most || *last_day > most) return std::nullopt;
    return Token{static_cast<std::uint32_t>(*number), static_cast<std::uint32_t>(*last_day), *proof};
}

}  // namespace lists
