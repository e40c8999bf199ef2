#pragma once
// What relay may touch: other servers, by connections it opens.

#include "sandbox/sandbox.h"

namespace relay {

sandbox::Policy policy(const process::Inheritance& given);

}  // namespace relay
