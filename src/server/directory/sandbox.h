#pragma once
// What directory may touch.

#include <string>

#include "sandbox/sandbox.h"

namespace directory {

/// `database`: the folder of the directory's file; `lists`: that of mailing lists.
sandbox::Policy policy(const std::string& database, const std::string& lists);

}  // namespace directory
