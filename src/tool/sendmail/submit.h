#pragma once
// sendmail -bm: one message from standard input into the drop directory.

#include "sendmail/options.h"
#include "sendmail/place.h"

namespace sendmail {

/// The exit status; reads `input` (a descriptor) to its end.
int submit(const Options& options, const Place& place, const Caller& caller, int input);

}  // namespace sendmail
