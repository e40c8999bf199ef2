#pragma once
// What mail takes as ASCII only: encoded words in header fields (RFC 2047), bodies in quoted-printable and base64 (RFC
// 2045 §6.7, §6.8). For messages that we write ourselves; those of others are passed on as they are.

#include <string>
#include <string_view>

#include "mime/address.h"

namespace mime {

/// A text for a Subject or a display name: as it is where it is printable ASCII without "=?", else as encoded words
/// joined by blanks, none longer than 75 octets (RFC 2047 §2) and none with a part of a character (§5). Control
/// characters become blanks, and octets that are not UTF-8 "?".
std::string to_encoded_words(std::string_view utf8);

/// For From and its like: a display name that is not ASCII becomes encoded words, which are no phrase to be quoted (RFC
/// 2047 §5).
std::string author_text(const Mailbox& author);

/// Lines of the result end in CRLF and have 76 octets at most; line ends of the text are LF or CRLF.
std::string to_quoted_printable(std::string_view text);

/// Lines of base64, 76 octets each (RFC 2045 §6.8).
std::string to_base64_body(std::string_view octets, std::string_view line_end = "\r\n");

/// Whether a text can go as it is, with lines as RFC 5322 §2.1.1 has them: ASCII, and no line over 998 octets.
bool is_plain_text(std::string_view text);

}  // namespace mime
