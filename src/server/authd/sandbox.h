#pragma once
// What authd may do: become users, and root by number, to have a password looked at; and end what it started.

#include "sandbox/sandbox.h"

namespace authd {

sandbox::Policy policy(const process::Inheritance& given);

}  // namespace authd
