#pragma once
// What httpd may touch: the connections it accepts.

#include "sandbox/sandbox.h"

namespace httpd {

sandbox::Policy policy();

}  // namespace httpd
