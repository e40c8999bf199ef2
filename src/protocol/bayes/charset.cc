#include "bayes/charset.h"

#include <algorithm>
#include <cstdint>

#include "mime/charset.h"
#include "text/ascii.h"

namespace bayes {
namespace {

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

std::string decode_charset(std::string octets, std::string_view charset) {
    if (text::starts_with_ignoring_case(charset, "iso-2022-")) return in_pairs(without_escapes(octets));
    if (charset.empty() || text::is_7bit(octets)) return octets;
    if (has_two_octets(charset)) return in_pairs(octets);
    if (auto text = mime::to_utf8(octets, charset)) return *std::move(text);
    return octets;
}

}  // namespace bayes
