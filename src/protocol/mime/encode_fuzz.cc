#include "mime/encode.h"

#include <algorithm>
#include <string>

#include "fuzz.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "text/hex.h"
#include "text/utf8.h"

namespace {

/// The other direction, as any reader has it (RFC 2045 §6.7): soft line ends go, "=XX" becomes an octet.
std::string decoded(std::string_view quoted) {
    std::string text;
    while (!quoted.empty()) {
        if (quoted.starts_with("=\r\n")) {
            quoted.remove_prefix(3);
        } else if (quoted.starts_with('=')) {
            const auto octet = text::parse_hex(quoted.substr(1, 2));
            VERIFY(octet.has_value());
            text += *octet;
            quoted.remove_prefix(3);
        } else {
            text += quoted.front();
            quoted.remove_prefix(1);
        }
    }
    return text;
}

std::string decoded_words(std::string_view words) {
    std::string text;
    while (!words.empty()) {
        VERIFY(words.starts_with("=?utf-8?B?"));
        const auto end = words.find("?=");
        VERIFY(end != words.npos && end + 2 <= 75);
        const auto piece = text::parse_base64(words.substr(10, end - 10));
        VERIFY(piece.has_value() && text::is_utf8(*piece));
        text += *piece;
        words.remove_prefix(end + 2);
        if (words.starts_with(' ')) words.remove_prefix(1);
    }
    return text;
}

std::string with_crlf(std::string_view text) {
    std::string lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        auto line = text.substr(0, end);
        text.remove_prefix(end == text.npos ? text.size() : end + 1);
        if (line.ends_with('\r')) line.remove_suffix(1);
        lines.append(line).append("\r\n");
    }
    return lines;
}

}  // namespace

// What is encoded is ASCII in lines of 76 octets and can be read back; no encoded word cuts a character.
FUZZ(text) {
    const auto quoted = mime::to_quoted_printable(text);
    VERIFY(mime::is_plain_text(quoted));
    for (std::size_t at = 0; at < quoted.size();) {
        const auto end = quoted.find("\r\n", at);
        VERIFY(end != std::string::npos && end - at <= 76);
        VERIFY(end == at || !text::is_blank(quoted[end - 1]));
        at = end + 2;
    }
    VERIFY(decoded(quoted) == with_crlf(text));

    const auto words = mime::to_encoded_words(text);
    VERIFY(std::ranges::all_of(words, text::is_printable));
    if (!words.starts_with("=?utf-8?B?")) {
        VERIFY(words.find("=?") == std::string::npos && words.size() == text.size());
    } else if (text::is_utf8(text) && std::ranges::none_of(text, text::is_control)) {
        VERIFY(decoded_words(words) == text);
    }
}
