#include "mime/encode.h"

#include <algorithm>
#include <utility>

#include "text/ascii.h"
#include "text/base64.h"
#include "text/hex.h"
#include "text/utf8.h"

namespace mime {
namespace {

constexpr std::size_t longest_encoded_line = 76;  // RFC 2045 §6.7 (5), §6.8
constexpr std::size_t longest_text_line = 998;    // RFC 5322 §2.1.1
// 75 octets, less "=?utf-8?B?" and "?=", are 63 of base64: 45 octets, whole groups of three (RFC 2047 §2).
constexpr std::size_t octets_in_word = 45;

std::string cleaned(std::string_view utf8) {
    std::string clean;
    while (!utf8.empty()) {
        const auto length = text::utf8_character_length(utf8);
        if (length == 0)
            clean += '?';
        else if (length == 1 && text::is_control(utf8.front()))
            clean += ' ';
        else
            clean += utf8.substr(0, length);
        utf8.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return clean;
}

std::string quoted(char c) {
    const auto octet = static_cast<unsigned char>(c);
    return {'=', text::upper_hex_digits[octet >> 4], text::upper_hex_digits[octet & 15]};
}

std::string_view take_line(std::string_view& text) {
    const auto end = text.find('\n');
    auto line = text.substr(0, end);
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

void add_line(std::string_view line, std::string& out) {
    std::size_t column = 0;
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const bool is_last = i + 1 == line.size();
        const bool is_literal =
            (text::is_printable(c) && c != '=' && !(c == ' ' && is_last)) || (c == '\t' && !is_last);
        const auto piece = is_literal ? std::string(1, c) : quoted(c);
        if (column + piece.size() > longest_encoded_line - 1) {
            out += "=\r\n";
            column = 0;
        }
        out += piece;
        column += piece.size();
    }
    out += "\r\n";
}

}  // namespace

std::string to_encoded_words(std::string_view utf8) {
    const auto clean = cleaned(utf8);
    if (text::is_7bit(clean) && clean.find("=?") == std::string::npos) return clean;
    std::string words;
    for (std::string_view rest = clean; !rest.empty();) {
        const auto piece = text::utf8_prefix(rest, octets_in_word);
        words += (words.empty() ? "=?utf-8?B?" : " =?utf-8?B?") + text::to_base64(piece) + "?=";
        rest.remove_prefix(piece.size());
    }
    return words;
}

std::string author_text(const Mailbox& author) {
    auto words = to_encoded_words(author.display_name);
    if (words.starts_with("=?")) return words + " <" + author.addr_spec + ">";
    return to_text(Mailbox{std::move(words), author.addr_spec});
}

std::string to_quoted_printable(std::string_view text) {
    std::string out;
    while (!text.empty()) add_line(take_line(text), out);
    return out;
}

std::string to_base64_body(std::string_view octets, std::string_view line_end) {
    const auto base64 = text::to_base64(octets);
    std::string lines;
    for (std::string_view rest = base64; !rest.empty();) {
        const auto line = rest.substr(0, longest_encoded_line);
        lines.append(line).append(line_end);
        rest.remove_prefix(line.size());
    }
    return lines;
}

bool is_plain_text(std::string_view text) {
    while (!text.empty()) {
        const auto line = take_line(text);
        const bool is_plain = std::ranges::all_of(line, [](char c) { return text::is_printable(c) || c == '\t'; });
        if (!is_plain || line.size() > longest_text_line) return false;
    }
    return true;
}

}  // namespace mime
