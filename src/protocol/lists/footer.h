#pragma once
// A list's footer, put below what people write. RFC 2045, RFC 2046 (structure, encodings), RFC 3676 §4.4 (flowed text).
//
// Added to the text itself where that is all there is and its charset has the characters; as a part of its own to
// multipart/mixed; everything else becomes the first part of a multipart/mixed, octet for octet. What is signed or
// encrypted, a report, a fragment, and what is malformed or may be understood in two ways, stays as it is: a message
// without a footer is better than a broken one.

#include <cstddef>
#include <string>
#include <string_view>

namespace lists {

constexpr std::size_t largest_with_footer = 16 * 1024 * 1024;  // octets of a message; larger ones have none

/// `footer`: is_footer() of lists/settings.h; `boundary`: random. Whether the message was changed.
bool add_footer(std::string& message, std::string_view footer, std::string_view boundary);

}  // namespace lists
