#pragma once
// Rounds in which mail would go, found before any does.

#include <string>
#include <vector>

#include "check/directory_records.h"
#include "config/problem.h"

namespace check {

/// Each round of aliases, domains, members, users' instructions (homes.h) and routes once, with every edge: "a@x
/// (file:1) leads to b@x (file:2) leads to a@x"; and each route that leads to a listener of this server. `text`:
/// Configuration::text.
config::Problems find_rounds(const std::string& text, DirectoryRecords& records);
/// Only those that mail for these addresses would enter.
config::Problems find_rounds(const std::string& text, DirectoryRecords& records,
                             const std::vector<std::string>& entrances);

}  // namespace check
