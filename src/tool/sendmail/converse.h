#pragma once
// sendmail -bs: a conversation in SMTP (RFC 5321) on standard input and output; what is accepted goes into the drop
// directory. Some mail readers and old scripts submit this way.

#include "sendmail/place.h"

namespace sendmail {

/// Until QUIT or the end of the input; the exit status.
int converse(const Place& place, const Caller& caller, int input, int output);

}  // namespace sendmail
