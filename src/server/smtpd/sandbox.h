#pragma once
// What smtpd may touch: the listening sockets it was given, and the connections that come by them.

#include "sandbox/sandbox.h"

namespace smtpd {

/// `connections`: how many there may be at a time.
sandbox::Policy policy(std::uint32_t connections);

}  // namespace smtpd
