#pragma once
// The parameters behind MAIL and RCPT: " SIZE=1000 BODY=8BITMIME". RFC 5321 §4.1.1.11 and the RFCs that smtp/command.h
// names. Read from clients and drop files; written to servers and drop files.

#include <optional>
#include <string>
#include <string_view>

#include "smtp/command.h"
#include "smtp/envelope.h"
#include "text/xtext.h"

namespace smtp {

/// Reads them into the command. Returns the refusal if there is one: 501 5.5.4 for a bad value or a repetition, 555
/// 5.5.4 for a parameter that we do not offer.
std::optional<Reply> read_parameters(std::string_view text, Mail& mail);
std::optional<Reply> read_parameters(std::string_view text, Rcpt& rcpt);

/// What MAIL says of the message, apart from SIZE.
struct MailParameters {
    BodyType body = BodyType::SevenBit;
    bool smtputf8 = false;
    Return ret = Return::Unspecified;
    std::string_view envelope_id;
};
/// Empty, or with a blank in front of each. What read_parameters() reads as the same again.
std::string to_text(const MailParameters& parameters);
/// NOTIFY and ORCPT. An ORCPT that grows over its limit is left out, as servers would refuse the recipient for it.
std::string parameters_of(const Recipient& recipient, text::UnicodeForm form);

}  // namespace smtp
