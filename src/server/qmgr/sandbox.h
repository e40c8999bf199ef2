#pragma once
// What qmgr may touch: the spool, and nothing beside it.

#include "sandbox/sandbox.h"

namespace qmgr {

sandbox::Policy policy();

}  // namespace qmgr
