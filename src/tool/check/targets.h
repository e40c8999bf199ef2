#pragma once
// Aliases of the configuration, and of the directory, that lead to somebody here who does not exist: senders would be
// told so, each time.

#include <string>

#include "check/directory_records.h"
#include "config/problem.h"

namespace check {

/// One for each such target. Domains whose accounts a source outside has are passed over: it is not asked. `text`:
/// Configuration::text.
config::Problems find_missing_targets(const std::string& text, DirectoryRecords& records);

}  // namespace check
