#pragma once
// What pop3d may touch: the listening sockets it was given, the connections that come by them, and the sockets of
// workers that reader hands over.

#include "sandbox/sandbox.h"

namespace pop3d {

/// `connections`: how many there may be at a time.
sandbox::Policy policy(std::uint32_t connections);

}  // namespace pop3d
