#pragma once
// What deliver may touch before a worker of it has become somebody: nothing of its own accord, everything through
// workers.

#include "sandbox/sandbox.h"

namespace deliver {

sandbox::Policy policy(const process::Inheritance& given);

}  // namespace deliver
