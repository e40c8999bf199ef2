#pragma once
// What directory may touch.

#include <string>
#include <vector>

#include "sandbox/sandbox.h"
#include "sources/source.h"

namespace directory {

/// `database`: the folder of the directory's file; `lists`: that of mailing lists; `sources`: of accounts outside.
sandbox::Policy policy(const std::string& database, const std::string& lists,
                       const std::vector<sources::Terms>& sources = {});

}  // namespace directory
