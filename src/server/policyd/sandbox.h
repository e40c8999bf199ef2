#pragma once
// What policyd may touch: the DNS, and its own folder to read.

#include "sandbox/sandbox.h"

namespace policyd {

sandbox::Policy policy();

}  // namespace policyd
