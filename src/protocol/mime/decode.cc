#include "mime/decode.h"

#include <algorithm>

#include "mime/charset.h"
#include "mime/content_type.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "text/hex.h"
#include "text/utf8.h"

namespace mime {
namespace {

// RFC 2047 §2 has 75. In the wild: longer ones. Hostile: a value of nothing but beginnings is read in linear time.
constexpr std::size_t longest_word = 500;

struct Word {
    std::string_view charset;
    char encoding = 'q';
    std::string_view text;
    std::size_t length = 0;
};

// encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="          RFC 2047 §2, RFC 2231 §5
std::optional<Word> word_at(std::string_view value) {
    value = value.substr(0, longest_word);
    if (!value.starts_with("=?")) return std::nullopt;
    const auto end_of_charset = value.find('?', 2);
    if (end_of_charset == value.npos || end_of_charset + 3 > value.size()) return std::nullopt;
    Word word{.charset = value.substr(2, end_of_charset - 2),
              .encoding = text::to_lower(value[end_of_charset + 1]),
              .text = {}};
    word.charset = word.charset.substr(0, word.charset.find('*'));
    const bool is_known = word.encoding == 'q' || word.encoding == 'b';
    if (!is_token(word.charset) || !is_known || value[end_of_charset + 2] != '?') return std::nullopt;
    const auto begin = end_of_charset + 3;
    const auto end = value.find('?', begin);
    if (end == value.npos || !value.substr(end).starts_with("?=")) return std::nullopt;
    word.text = value.substr(begin, end - begin);
    if (!std::ranges::all_of(word.text, text::is_graphic)) return std::nullopt;
    word.length = end + 2;
    return word;
}

std::optional<std::string> octets_of(const Word& word) {
    if (word.encoding == 'b') return text::parse_base64(word.text);
    std::string octets;
    for (std::size_t at = 0; at < word.text.size(); ++at) {
        const char c = word.text[at];
        if (c != '=') {
            octets += c == '_' ? ' ' : c;
            continue;
        }
        const auto octet = text::parse_hex(word.text.substr(at + 1, 2));
        if (!octet || octet->size() != 1) return std::nullopt;
        octets += *octet;
        at += 2;
    }
    return octets;
}

std::string utf8_of_latin1(std::string_view octets) {
    std::string text;
    for (const char c : octets) {
        const auto code = static_cast<unsigned char>(c);
        if (code < 0x80) {
            text += c;
        } else {
            text += static_cast<char>(0xc0 | code >> 6);
            text += static_cast<char>(0x80 | (code & 0x3f));
        }
    }
    return text;
}

/// False: what stands there stays.
bool decode_one(const Word& word, Charsets charsets, Decoded& into) {
    const auto octets = octets_of(word);
    if (!octets) return false;
    if (charsets == Charsets::All) {
        if (const auto converted = to_utf8(*octets, word.charset)) {
            into.text += *converted;
            return true;
        }
    }
    const auto is = [&](std::string_view name) { return text::equal_ignoring_case(word.charset, name); };
    if (is("iso-8859-1")) {
        into.text += utf8_of_latin1(*octets);
        return true;
    }
    into.text += *octets;
    into.is_complete = into.is_complete && (is("utf-8") || is("us-ascii"));
    return true;
}

}  // namespace

Decoded decode_words(std::string_view value, Charsets charsets) {
    Decoded decoded;
    bool follows_word = false;
    while (!value.empty()) {
        // Blanks before a word that follows a word are no text.
        const auto blanks = follows_word ? std::min(value.find_first_not_of(" \t"), value.size()) : 0;
        const auto word = word_at(value.substr(blanks));
        if (word && decode_one(*word, charsets, decoded)) {
            value.remove_prefix(blanks + word->length);
            follows_word = true;
            continue;
        }
        const auto length = std::max<std::size_t>(blanks, 1);
        decoded.text += value.substr(0, length);
        value.remove_prefix(length);
        follows_word = false;
    }
    decoded.is_complete = decoded.is_complete && text::is_utf8(decoded.text);
    return decoded;
}

bool is_encoded_word(std::string_view text) {
    const auto word = word_at(text);
    if (!word || word->length != text.size() || text.size() > 75) return false;
    const auto may_stand = [](char c) { return text::is_alphanumeric(c) || std::string_view("!*+-/=_").contains(c); };
    return std::ranges::all_of(word->text, may_stand);
}

std::optional<std::string> decode_base64_body(std::string_view body) {
    std::string digits;
    digits.reserve(body.size());
    std::ranges::copy_if(body, std::back_inserter(digits),
                         [](char c) { return !text::is_blank(c) && c != '\r' && c != '\n'; });
    return text::parse_base64(digits);
}

}  // namespace mime
