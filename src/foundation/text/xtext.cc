#include "text/xtext.h"

#include <cstdint>

#include "text/ascii.h"
#include "text/cursor.h"
#include "text/hex.h"
#include "text/utf8.h"

namespace text {
namespace {

bool is_xchar(char c) { return is_graphic(c) && c != '+' && c != '='; }

void put_hexchar(std::string& out, char c) {
    const auto octet = static_cast<unsigned char>(c);
    out += '+';
    out += upper_hex_digits[octet >> 4];
    out += upper_hex_digits[octet & 15];
}

int upper_hex_value(char c) { return c >= 'a' && c <= 'f' ? -1 : hex_value(c); }

// hexchar = ASCII "+" immediately followed by two upper case hexadecimal digits          RFC 3461 §4
std::optional<char> take_hexchar(Cursor& in) {
    const auto digits = in.take_bytes(2);
    if (digits.size() != 2) return std::nullopt;
    const int high = upper_hex_value(digits[0]);
    const int low = upper_hex_value(digits[1]);
    if (high < 0 || low < 0) return std::nullopt;
    const char c = static_cast<char>(16 * high + low);
    if (is_control(c)) return std::nullopt;
    return c;
}

std::uint32_t code_point(std::string_view character) {
    const auto octet = [&](std::size_t i) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(character[i]));
    };
    std::uint32_t point = character.size() == 1 ? octet(0) : octet(0) & (0x7fu >> character.size());
    for (std::size_t i = 1; i < character.size(); ++i) point = point << 6 | (octet(i) & 0x3f);
    return point;
}

std::string utf8_of(std::uint32_t point) {
    if (point < 0x80) return {static_cast<char>(point)};
    std::string tail;
    std::uint32_t first_limit = 0x40;
    while (point >= first_limit) {
        tail.insert(tail.begin(), static_cast<char>(0x80 | (point & 0x3f)));
        point >>= 6;
        first_limit >>= 1;
    }
    const std::uint32_t mark = 0xff & ~(2 * first_limit - 1);
    return static_cast<char>(mark | point) + tail;
}

// EmbeddedUnicodeChar = %x5C.78 "{" HEXPOINT "}"          RFC 6533 §3
void put_hexpoint(std::string& out, std::uint32_t point) {
    std::string digits;
    for (; point > 0 || digits.size() < 2; point >>= 4) digits.insert(digits.begin(), upper_hex_digits[point & 15]);
    out += "\\x{" + digits + '}';
}

bool needs_no_hexpoint(char c) { return is_graphic(c) && c != '+' && c != '=' && c != '\\'; }

std::optional<std::string> take_hexpoint(Cursor& in) {
    if (!in.take('\\') || !in.take('x') || !in.take('{')) return std::nullopt;
    const auto digits = in.take_while([](char c) { return upper_hex_value(c) >= 0; });
    if (digits.size() < 2 || digits.size() > 6 || !in.take('}')) return std::nullopt;
    std::uint32_t point = 0;
    for (char c : digits) point = point << 4 | static_cast<std::uint32_t>(hex_value(c));
    if (point > 0x10ffff) return std::nullopt;
    auto character = utf8_of(point);
    if (!is_utf8(character) || is_control(character[0])) return std::nullopt;
    return character;
}

}  // namespace

std::string to_xtext(std::string_view octets) {
    std::string out;
    for (char c : octets) {
        if (is_xchar(c))
            out += c;
        else
            put_hexchar(out, c);
    }
    return out;
}

// xtext = *( xchar / hexchar )          RFC 3461 §4
std::optional<std::string> parse_xtext(std::string_view text) {
    Cursor in(text);
    std::string out;
    while (!in.at_end()) {
        out += in.take_while(is_xchar);
        if (in.at_end()) break;
        if (!in.take('+')) return std::nullopt;
        const auto c = take_hexchar(in);
        if (!c) return std::nullopt;
        out += *c;
    }
    return out;
}

std::string to_unitext(std::string_view utf8, UnicodeForm form) {
    std::string out;
    while (!utf8.empty()) {
        const auto length = utf8_character_length(utf8);
        const auto character = utf8.substr(0, length == 0 ? 1 : length);
        const bool is_bare = length == 1 ? needs_no_hexpoint(character[0]) : length > 1 && form == UnicodeForm::Utf8;
        if (is_bare)
            out += character;
        else
            put_hexpoint(out, length == 0 ? 0xfffd : code_point(character));
        utf8.remove_prefix(character.size());
    }
    return out;
}

// utf-8-addr-xtext / utf-8-addr-unitext          RFC 6533 §3
std::optional<std::string> parse_unitext(std::string_view text) {
    if (!is_utf8(text)) return std::nullopt;
    Cursor in(text);
    std::string out;
    while (!in.at_end()) {
        out += in.take_while([](char c) { return needs_no_hexpoint(c) || is_8bit(c); });
        if (in.at_end()) break;
        const auto character = take_hexpoint(in);
        if (!character) return std::nullopt;
        out += *character;
    }
    return out;
}

}  // namespace text
