#pragma once
// What policyd may touch: the DNS, and nothing else.

#include "sandbox/sandbox.h"

namespace policyd {

sandbox::Policy policy();

}  // namespace policyd
