#include "text/hex.h"

namespace text {

std::string to_hex(std::string_view octets) {
    std::string out;
    out.reserve(2 * octets.size());
    for (char c : octets) {
        const auto octet = static_cast<unsigned char>(c);
        out += lower_hex_digits[octet >> 4];
        out += lower_hex_digits[octet & 15];
    }
    return out;
}

std::optional<std::string> parse_hex(std::string_view text) {
    if (text.size() % 2 != 0) return std::nullopt;
    std::string out;
    out.reserve(text.size() / 2);
    for (std::size_t i = 0; i < text.size(); i += 2) {
        const int high = hex_value(text[i]);
        const int low = hex_value(text[i + 1]);
        if (high < 0 || low < 0) return std::nullopt;
        out += static_cast<char>(16 * high + low);
    }
    return out;
}

}  // namespace text
