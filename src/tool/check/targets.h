#pragma once
// Addresses that nobody can be reached by: aliases of the configuration, and of the directory, that lead to somebody
// here who does not exist, so that senders would be told so, each time; reflectors of domains that are not ours.

#include <string>

#include "check/directory_records.h"
#include "config/problem.h"

namespace check {

/// One for each such address. Domains whose accounts a source outside has are passed over: it is not asked. `text`:
/// Configuration::text.
config::Problems find_lost_addresses(const std::string& text, DirectoryRecords& records);

}  // namespace check
