#pragma once
// What policyd may touch: the DNS and scanners, and its own folder.

#include "sandbox/sandbox.h"

namespace policyd {

/// `reaches_sockets`: whether a scanner is reached by a local socket.
sandbox::Policy policy(bool reaches_sockets);

}  // namespace policyd
