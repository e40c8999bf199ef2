#pragma once
// dkim-quoted-printable: octets that a tag may not hold as they are, as "=3B". RFC 6376 §2.11.

#include <optional>
#include <string>
#include <string_view>

namespace dkim {

/// White space is dropped; "=" must be followed by two digits, which are upper case.
std::optional<std::string> parse_quoted_printable(std::string_view text);

}  // namespace dkim
