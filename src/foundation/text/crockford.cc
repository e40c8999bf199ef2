#include "text/crockford.h"

#include "text/ascii.h"

namespace text {
namespace {

constexpr std::string_view digits = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

char canonical(char c) {
    c = to_upper(c);
    if (c == 'I' || c == 'L') return '1';
    return c == 'O' ? '0' : c;
}

}  // namespace

std::array<char, crockford_length> to_crockford(std::uint64_t number) {
    std::array<char, crockford_length> out;
    for (std::size_t i = out.size(); i-- > 0; number >>= 5) out[i] = digits[number & 31];
    return out;
}

std::optional<std::uint64_t> parse_crockford(std::string_view text) {
    if (text.size() != crockford_length) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : text) {
        const auto digit = digits.find(canonical(c));
        if (digit == std::string_view::npos || number >> 59) return std::nullopt;  // the first digit has four bits only
        number = number << 5 | digit;
    }
    return number;
}

}  // namespace text
