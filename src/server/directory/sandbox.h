#pragma once
// What directory may touch.

#include <string>

#include "sandbox/sandbox.h"

namespace directory {

/// `database`: the folder of the directory's file.
sandbox::Policy policy(const std::string& database);

}  // namespace directory
