#include "mime/submission.h"

#include "fuzz.h"
#include "mime/eight_bit.h"
#include "mime/header.h"

// A repaired header is complete, has clean line ends, and needs no second repair.
FUZZ(message) {
    const mime::Submission submission{{0, 0}, "unique", "host.example", {"", "user@host.example"}};
    const auto repaired = mime::repair(message, submission);
    VERIFY(repaired.body <= message.size());
    const auto division = mime::divide(repaired.header);
    VERIFY(division.has_empty_line && division.body == repaired.header.size());
    VERIFY(mime::missing_fields(repaired.header, submission).empty());
    VERIFY(mime::count_fields(repaired.header, "Bcc") == 0);
    mime::Composition composition;
    composition.add(repaired.header);
    VERIFY(!composition.has_bare_line_end());
    VERIFY(mime::repair(repaired.header, submission).header == repaired.header);
    mime::named_recipients(message);
}
