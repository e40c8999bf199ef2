#pragma once
// What pickup may touch: the drop directory, and nothing beside it.

#include "sandbox/sandbox.h"

namespace pickup {

sandbox::Policy policy();

}  // namespace pickup
