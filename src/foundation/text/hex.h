#pragma once
// Octets as pairs of hexadecimal digits. RFC 4648 §8.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace text {

constexpr char upper_hex_digits[] = "0123456789ABCDEF";
constexpr char lower_hex_digits[] = "0123456789abcdef";

/// 0..15, or -1.
constexpr int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

std::string to_hex(std::string_view octets);                  // lower case
std::optional<std::string> parse_hex(std::string_view text);  // either case, an even number of digits

}  // namespace text
