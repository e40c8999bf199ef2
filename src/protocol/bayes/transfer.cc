#include "bayes/transfer.h"

#include <algorithm>
#include <array>
#include <cstdint>

#include "mime/charset.h"
#include "text/ascii.h"

namespace bayes {
namespace {

constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr auto base64_values = [] {
    std::array<std::int8_t, 256> values{};
    values.fill(-1);
    for (std::size_t i = 0; i < digits.size(); ++i)
        values[static_cast<unsigned char>(digits[i])] = static_cast<std::int8_t>(i);
    return values;
}();

std::string decode_base64(std::string_view body, std::size_t most) {
    std::string octets;
    octets.reserve(std::min(body.size() / 4 * 3, most));
    std::uint32_t bits = 0;
    int known = 0;
    for (const char c : body) {
        if (octets.size() >= most) break;
        const auto value = base64_values[static_cast<unsigned char>(c)];
        if (value < 0) continue;
        bits = bits << 6 | static_cast<std::uint32_t>(value);
        known += 6;
        if (known < 8) continue;
        known -= 8;
        octets += static_cast<char>(bits >> known & 0xff);
    }
    return octets;
}

int hex_value(char c) {
    if (text::is_digit(c)) return c - '0';
    const char low = text::to_lower(c);
    return low >= 'a' && low <= 'f' ? low - 'a' + 10 : -1;
}

std::string decode_quoted_printable(std::string_view body, std::size_t most) {
    std::string octets;
    octets.reserve(std::min(body.size(), most));
    for (std::size_t at = 0; at < body.size() && octets.size() < most; ++at) {
        if (body[at] != '=') {
            octets += body[at];
            continue;
        }
        if (at + 2 < body.size() && hex_value(body[at + 1]) >= 0 && hex_value(body[at + 2]) >= 0) {
            octets += static_cast<char>(hex_value(body[at + 1]) << 4 | hex_value(body[at + 2]));
            at += 2;
            continue;
        }
        // A soft line break, with the blanks that may stand before its end.
        auto end = at + 1;
        while (end < body.size() && end < at + 80 && (text::is_blank(body[end]) || body[end] == '\r')) ++end;
        if (end < body.size() && body[end] == '\n')
            at = end;
        else
            octets += '=';
    }
    return octets;
}

bool has_two_octets(std::string_view charset) {
    const auto name = text::lower(charset.substr(0, 20));
    const std::string_view known[] = {"gb", "big5", "euc-", "shift_jis", "sjis", "ks_c", "cp949", "windows-949", "hz-"};
    return std::ranges::any_of(known, [&](std::string_view begin) { return name.starts_with(begin); });
}

/// ISO-2022-JP and its like: behind ESC $ two octets a character, until ESC (. Octets as of EUC then.
std::string without_escapes(std::string_view octets) {
    std::string text;
    bool is_wide = false;
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const char octet = octets[at];
        if (octet == '\x1b' && at + 2 < octets.size()) {
            is_wide = octets[at + 1] == '$';
            at += is_wide && (octets[at + 2] == '(' || octets[at + 2] == ')') ? 3 : 2;
        } else {
            text += is_wide && text::is_graphic(octet) ? static_cast<char>(octet | '\x80') : octet;
        }
    }
    return text;
}

std::string in_pairs(std::string_view octets) {
    std::string text;
    for (std::size_t at = 0; at < octets.size(); ++at) {
        const auto lead = static_cast<unsigned char>(octets[at]);
        if (lead < 0x81 || at + 1 == octets.size()) {
            text += text::is_8bit(octets[at]) ? ' ' : octets[at];
            continue;
        }
        mime::append_utf8(text, 0x10'0000U | std::uint32_t{lead} << 8 | static_cast<unsigned char>(octets[++at]));
    }
    return text;
}

}  // namespace

std::string decode_transfer(std::string_view body, std::string_view encoding, std::size_t most) {
    if (text::equal_ignoring_case(encoding, "base64")) return decode_base64(body, most);
    if (text::equal_ignoring_case(encoding, "quoted-printable")) return decode_quoted_printable(body, most);
    return std::string(body.substr(0, most));
}

std::string decode_charset(std::string octets, std::string_view charset) {
    if (text::starts_with_ignoring_case(charset, "iso-2022-")) return in_pairs(without_escapes(octets));
    if (charset.empty() || text::is_7bit(octets)) return octets;
    if (has_two_octets(charset)) return in_pairs(octets);
    if (auto text = mime::to_utf8(octets, charset)) return *std::move(text);
    return octets;
}

}  // namespace bayes
