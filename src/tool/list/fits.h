#pragma once
// Whether a new list would be reached by mail, and its owners by what goes wrong: found out before it is made.

#include <string>
#include <vector>

#include "list/place.h"

namespace list {

/// `address`: canonical; `owners`: as they were typed. Sources of accounts outside are not asked.
Result<> fits(const std::string& configuration, const std::string& address, const std::vector<std::string>& owners);

}  // namespace list
