#pragma once
// The mark of a list in front of subjects: "[dev]". RFC 5322 §3.6.5, RFC 2047.

#include <string>
#include <string_view>

namespace lists {

/// Puts it there, once: where the subject has it already, behind "Re:" or anywhere, in encoded words or not, the
/// message stays as it is. The author's own words stay octet for octet, folding and all; no line gets longer than 78
/// octets that was not. Whether the message was changed.
bool add_subject_prefix(std::string& message, std::string_view prefix);

}  // namespace lists
