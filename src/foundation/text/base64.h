#pragma once
// Base64, as AUTH exchanges, DKIM signatures and MIME bodies carry it. RFC 4648 §4.

#include <optional>
#include <string>
#include <string_view>

namespace text {

std::string to_base64(std::string_view octets);  // padded, one line

/// Strict: padding present and minimal, unused bits zero (§3.5), nothing outside the alphabet. So each text that is
/// accepted is the only one for its octets.
std::optional<std::string> parse_base64(std::string_view text);

/// The alphabet for names and addresses, without padding. RFC 4648 §5; RFC 7515 §2.
std::string to_base64url(std::string_view octets);
/// As strict as parse_base64().
std::optional<std::string> parse_base64url(std::string_view text);

}  // namespace text
