#pragma once
// The octets of a part as text. Unlike mime/decode.h nothing is refused: what a mail program shows is read.

#include <string>
#include <string_view>

namespace bayes {

/// As UTF-8, or octets that nobody knows the meaning of as they are. Of the charsets of East Asia, which have two
/// octets a character, each becomes one that only stands for itself: a code of Unicode's last plane.
std::string decode_charset(std::string octets, std::string_view charset);

}  // namespace bayes
