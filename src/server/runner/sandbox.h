#pragma once
// What runner may do: become users, start programs, and end them.

#include "sandbox/sandbox.h"

namespace runner {

sandbox::Policy policy(const process::Inheritance& given);

}  // namespace runner
