#pragma once
// A report on its way by mail: what the message is called, and where in one that came the report is. RFC 9990 §3.5.1,
// §3.5.2.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aggregate/report.h"
#include "mime/address.h"
#include "mime/date.h"

namespace aggregate {

struct Letter {
    mime::Mailbox from;
    std::vector<std::string> to;  // addresses
    std::string submitter;        // a domain: ours
    mime::Date date;
    const Report& report;
};

/// "Report Domain: example.com Submitter: mail.receiver.example Report-ID: <id>"
std::string subject(const Report& report, std::string_view submitter);
/// "mail.receiver.example!example.com!1013662812!1013749130.xml.gz"
std::string file_name(const Report& report, std::string_view submitter);

/// The whole message, lines ended by CRLF. The report's id, which must be unique, is the left side of the Message-ID,
/// too.
std::string to_text(const Letter& letter);

/// What in a message may be a report: the first part that has a type or a name for it, decoded. Nothing: there is none.
/// Hostile: at most most_parts are looked at, of which none is nested deeper than most_nesting.
std::optional<std::string> find_attachment(std::string_view message);
constexpr std::size_t most_parts = 100;
constexpr std::size_t most_nesting = 8;

}  // namespace aggregate
