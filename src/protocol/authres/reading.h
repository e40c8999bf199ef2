#pragma once
// What the readers of this part share: words between comments and blanks. RFC 8601 §2.2, RFC 5322 §3.2.2.

#include <optional>
#include <string>

#include "text/cursor.h"

namespace authres {

/// Blanks, line ends and comments, nested ones too. False where a comment does not end.
bool skip_cfws(text::Cursor& in);

/// token / quoted-string, without its quotes (RFC 2045 §5.1). Empty texts only in quotes.
std::optional<std::string> take_value(text::Cursor& in);

}  // namespace authres
