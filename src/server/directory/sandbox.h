#pragma once
// What directory may touch.

#include "sandbox/sandbox.h"

namespace directory {

sandbox::Policy policy();

}  // namespace directory
