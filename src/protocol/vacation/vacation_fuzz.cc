#include "vacation/vacation.h"

#include "fuzz.h"
#include "mime/header.h"

// What was answered is read back as it is written. An answer to whatever message has the shape of one, and is itself
// never answered.
FUZZ(input) {
    const auto answered = vacation::Answered::parse(input);
    VERIFY(vacation::Answered::parse(answered.to_text()) == answered);

    vacation::Notice notice;
    notice.from.addr_spec = "ann@a.example";
    notice.own = {"ann@a.example"};
    vacation::read_text(input, notice);
    const auto text = vacation::answer(notice, input, "bob@b.example", {.date = {0, 0}, .message_id = "1@a.example"});
    const auto division = mime::divide(text);
    VERIFY(division.has_empty_line);
    const auto header = std::string_view(text).substr(0, division.header);
    mime::FieldScanner fields(header);
    while (const auto field = fields.next()) VERIFY(!field->name.empty() && field->whole.ends_with("\r\n"));
    for (const auto* name : {"Date", "From", "To", "Subject", "Message-ID", "Auto-Submitted", "MIME-Version"})
        VERIFY(mime::count_fields(header, name) == 1);
    VERIFY(mime::count_fields(header, "Bcc") == 0 && mime::count_fields(header, "Cc") == 0);
    vacation::Notice other;
    other.own = {"bob@b.example"};
    VERIFY(vacation::why_not(other, header, "ann@a.example") == mime::NoAnswer::AutoSubmitted);
}
