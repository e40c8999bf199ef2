#include "text/utf8.h"

#include <algorithm>

namespace text {
namespace {

bool is_within(char c, int low, int high) {
    const int octet = static_cast<unsigned char>(c);
    return low <= octet && octet <= high;
}
bool is_tail(char c) { return is_within(c, 0x80, 0xbf); }

}  // namespace

// UTF8-octets = *( UTF8-1 / UTF8-2 / UTF8-3 / UTF8-4 )          RFC 3629 §4
std::size_t utf8_character_length(std::string_view text) {
    if (text.empty()) return 0;
    const int first = static_cast<unsigned char>(text[0]);
    if (first < 0x80) return 1;
    const std::size_t length = first < 0xc2 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
    if (length == 0 || text.size() < length) return 0;
    const int low = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;   // shortest form only
    const int high = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;  // no surrogates, nothing beyond U+10FFFF
    if (!is_within(text[1], low, high)) return 0;
    return std::ranges::all_of(text.substr(2, length - 2), is_tail) ? length : 0;
}

bool is_utf8(std::string_view text) {
    while (!text.empty()) {
        const auto length = utf8_character_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::string_view utf8_prefix(std::string_view text, std::size_t most_octets) {
    if (text.size() <= most_octets) return text;
    // A character has at most three octets that continue it, so this looks back at most that far even in junk.
    std::size_t length = most_octets;
    for (int back = 0; back < 3 && length > 0 && is_tail(text[length]); ++back) --length;
    return text.substr(0, is_tail(text[length]) ? most_octets : length);
}

}  // namespace text
