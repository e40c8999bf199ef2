#pragma once
// What tokend may touch: the network, outward.

#include "sandbox/sandbox.h"

namespace tokend {

sandbox::Policy policy();

}  // namespace tokend
