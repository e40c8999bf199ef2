#pragma once
// What acmed may touch: the network in both directions, and its own folder.

#include "sandbox/sandbox.h"

namespace acmed {

sandbox::Policy policy();

}  // namespace acmed
