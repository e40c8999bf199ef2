#pragma once
// What a submission server adds to, and takes from, a message that a user hands in. RFC 6409 §8, RFC 5322 §3.6; and
// what `sendmail -t` reads from it.
//
// Pure: the time, the identifiers and the user are arguments. Only the header is touched; bodies may be streamed.

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mime/address.h"
#include "mime/date.h"

namespace mime {

/// Who submits, when, and the identifiers to use.
struct Submission {
    Date date;
    std::string unique;  // left side of a Message-ID; random, made by the caller
    std::string host;    // its right side: our host name
    Mailbox author;      // for a From that is missing
};

/// Which fields are missing, ready to be put on top: Date, Message-ID, From, and "To: undisclosed-recipients:;" where
/// there is no destination at all. Each ends in CRLF.
std::string missing_fields(std::string_view header, const Submission& submission);

/// In whose names a message is sent, as it says itself. Hostile: with two authors each reader picks another one.
struct Claims {
    std::vector<std::string> addresses;  // of From and Sender
    bool is_clear = true;                // one From at the most, of one mailbox, and both can be read
};

/// The header as it goes on: missing fields added, Bcc and Resent-Bcc removed, line ends CRLF, the empty line included.
/// In the wild: cron and shell scripts pipe text without any header; where a line is no field, the header ends before
/// it and that line already belongs to the body.
struct Repaired {
    std::string header;    // with the empty line
    std::size_t body = 0;  // where the body begins in the text given
    Claims claims;         // in whose names it is sent, by the header as it came
};
Repaired repair(std::string_view message, const Submission& submission);

/// The recipients named by To, Cc and Bcc; by Resent-To, Resent-Cc and Resent-Bcc where any of these is present.
/// Addresses without a domain are given as they are. A field that cannot be read is reported in `unreadable`.
struct Named {
    std::vector<std::string> recipients;  // each once, in order of appearance
    std::vector<std::string> unreadable;  // field names
};
Named named_recipients(std::string_view header);

/// Makes line ends CRLF, piece by piece: a lone LF becomes CRLF, and so does a lone CR.
class LineEnds {
public:
    void convert(std::string_view piece, std::string& out);
    /// The last line may lack its end; it gets one.
    void finish(std::string& out);

private:
    bool after_cr_ = false;
    bool line_open_ = false;
};

}  // namespace mime
