#pragma once
// A short message in plain text that a program writes to one reader: an answer of somebody on vacation, the
// correspondence of a mailing list. RFC 5322 §3.6; RFC 3834 §3.1 (its fields), §5 (Auto-Submitted).
//
// Hostile: subjects and addresses come from strangers; nothing of them can end a line or begin a field.

#include <string>
#include <string_view>
#include <vector>

#include "mime/address.h"
#include "mime/date.h"

namespace mime {

struct Letter {
    Mailbox from;
    std::string to;        // an address
    std::string reply_to;  // may be empty
    std::string subject;   // UTF-8
    std::string body;      // UTF-8; lines end in LF or CRLF
    Date date;
    std::string message_id;  // without <>
    std::string auto_submitted = "auto-replied";
    std::string in_reply_to;               // the original's Message-ID with <>, or empty
    std::string references;                // of the answer, or empty
    std::vector<std::string> more_fields;  // whole, each with CRLF
};

/// Header, empty line and body; lines end in CRLF. ASCII throughout, unless an address is not.
std::string to_text(const Letter& letter);

/// What an answer has of its original (RFC 5322 §3.6.4, RFC 3834 §3.1.5): hostile values are left out.
struct Thread {
    std::string in_reply_to;
    std::string references;
    std::string subject;  // as it stands there, unfolded: perhaps in encoded words
};
Thread thread_of(std::string_view header);

}  // namespace mime
