#include "text/escape.h"

#include <algorithm>
#include <array>

#include "text/ascii.h"
#include "text/hex.h"
#include "text/utf8.h"

namespace text {
namespace {

constexpr std::string_view cut_mark = "…";

void put_octet(std::string& out, char c) {
    const auto octet = static_cast<unsigned char>(c);
    out += "\\x";
    out += lower_hex_digits[octet >> 4];
    out += lower_hex_digits[octet & 15];
}

void put_ascii(std::string& out, char c) {
    switch (c) {
        case '\n': out += "\\n"; return;
        case '\r': out += "\\r"; return;
        case '\t': out += "\\t"; return;
        case '\\': out += "\\\\"; return;
        default: break;
    }
    if (is_control(c))
        put_octet(out, c);
    else
        out += c;
}

// C1 controls are U+0080..U+009F; the others change how the line around them is shown, or show as nothing.
bool is_unprintable(std::string_view character) {
    struct Range {
        std::string_view first;
        std::string_view last;
    };
    constexpr std::array ranges{Range{"\xc2\x80", "\xc2\x9f"}, Range{"\u200b", "\u200f"}, Range{"\u2028", "\u202e"},
                                Range{"\u2060", "\u2069"},     Range{"\ufeff", "\ufeff"}, Range{"\ufff9", "\ufffb"}};
    return std::ranges::any_of(ranges, [&](const Range& range) {
        return character.size() == range.first.size() && range.first <= character && character <= range.last;
    });
}

void put_character(std::string& out, std::string_view character, bool is_utf8) {
    if (is_utf8 && character.size() == 1) {
        put_ascii(out, character[0]);
    } else if (is_utf8 && !is_unprintable(character)) {
        out += character;
    } else {
        for (char c : character) put_octet(out, c);
    }
}

}  // namespace

std::string escaped(std::string_view outside, std::size_t most_octets) {
    std::string out;
    std::size_t cut = 0;  // the longest part that leaves room for the mark
    while (!outside.empty()) {
        if (out.size() + cut_mark.size() <= most_octets) cut = out.size();
        const auto length = utf8_character_length(outside);
        const auto character = outside.substr(0, std::max<std::size_t>(length, 1));
        put_character(out, character, /*is_utf8=*/length > 0);
        outside.remove_prefix(character.size());
        if (out.size() > most_octets) return out.substr(0, cut) + std::string(cut_mark);
    }
    return out;
}

}  // namespace text
