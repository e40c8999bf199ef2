#pragma once
// xtext: how ENVID=, ORCPT= and AUTH= carry octets that SMTP parameters cannot. RFC 3461 §4; and for addresses in
// UTF-8, utf-8-addr-xtext of RFC 6533 §3.

#include <optional>
#include <string>
#include <string_view>

namespace text {

/// "+", "=" and everything outside "!".."~" as "+XX".
std::string to_xtext(std::string_view octets);

/// Upper-case hexchars only, as §4 defines them.
/// Hostile: decoded control characters are refused; they would end up in queue records and notifications.
std::optional<std::string> parse_xtext(std::string_view text);

enum class UnicodeForm { Ascii, Utf8 };
/// ORCPT=utf-8;… (RFC 6533 §3), "\x{3D}" for characters that a parameter cannot carry. Those outside ASCII likewise, or
/// as they are, which needs SMTPUTF8.
std::string to_unitext(std::string_view utf8, UnicodeForm form = UnicodeForm::Ascii);
/// Undoes it; raw UTF-8 is allowed as well (utf-8-addr-unitext).
std::optional<std::string> parse_unitext(std::string_view text);

}  // namespace text
