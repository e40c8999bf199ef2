#pragma once
// What a submission server needs to mend a message (RFC 6409 §8): when it is, and identifiers that nobody else has.

#include <cstdint>
#include <string>

#include "mime/submission.h"

namespace submitter {

/// `now`: seconds since 1970.
mime::Submission submission_of(mime::Mailbox author, std::string host, std::int64_t now);

}  // namespace submitter
