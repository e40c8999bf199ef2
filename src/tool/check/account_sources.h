#pragma once
// [[accounts]]: what only shows with the domains that were made by command beside it.

#include <string>

#include "check/directory_records.h"
#include "config/problem.h"

namespace check {

/// Domains of sources that are none of ours: nothing is asked about them. `text`: Configuration::text.
config::Problems find_foreign_domains(const std::string& text, DirectoryRecords& records);

}  // namespace check
