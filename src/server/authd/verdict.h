#pragma once
// What comes of a check, as the child that made it ends: the exit status of checkpassword programs
// (https://cr.yp.to/checkpwd/interface.html), which children that ask PAM have too.

#include "directory/inbox.h"

namespace authd {

constexpr int status_yes = 0;
constexpr int status_no = 1;
constexpr int status_later = 111;  // and whatever else is neither of those

/// Of waitpid(2). A program that was killed, or complains of how it was called, has not said no.
directory::Checked::Verdict verdict_of(int wait_status);

}  // namespace authd
