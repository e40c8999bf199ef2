#pragma once
// What keyd may touch: the lines to its neighbours.

#include "sandbox/sandbox.h"

namespace keyd {

sandbox::Policy policy();

}  // namespace keyd
