#pragma once
// The parameters behind MAIL and RCPT: " SIZE=1000 BODY=8BITMIME". RFC 5321 §4.1.1.11 and the RFCs that smtp/command.h
// names.

#include <optional>
#include <string_view>

#include "smtp/command.h"

namespace smtp {

/// Reads them into the command. Returns the refusal if there is one: 501 5.5.4 for a bad value or a repetition, 555
/// 5.5.4 for a parameter that we do not offer.
std::optional<Reply> read_parameters(std::string_view text, Mail& mail);
std::optional<Reply> read_parameters(std::string_view text, Rcpt& rcpt);

}  // namespace smtp
