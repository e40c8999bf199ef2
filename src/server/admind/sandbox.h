#pragma once
// What admind may touch: the control socket it was given, and the connections that come by it.

#include "sandbox/sandbox.h"

namespace admind {

sandbox::Policy policy();

}  // namespace admind
