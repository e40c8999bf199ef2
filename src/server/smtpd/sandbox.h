#pragma once
// What smtpd may touch: the listening sockets it was given, and the connections that come by them.

#include "sandbox/sandbox.h"

namespace smtpd {

sandbox::Policy policy();

}  // namespace smtpd
