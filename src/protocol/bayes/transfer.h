#pragma once
// The octets of a part as text. Unlike mime/decode.h nothing is refused: what a mail program shows is read.

#include <string>
#include <string_view>

namespace bayes {

/// The body of a part whose Content-Transfer-Encoding that is, at most `most` octets of it (RFC 2045 §6). Of base64 and
/// quoted-printable what is neither is passed over.
std::string decode_transfer(std::string_view body, std::string_view encoding, std::size_t most);

/// As UTF-8, or octets that nobody knows the meaning of as they are. Of the charsets of East Asia, which have two
/// octets a character, each becomes one that only stands for itself: a code of Unicode's last plane.
std::string decode_charset(std::string octets, std::string_view charset);

}  // namespace bayes
