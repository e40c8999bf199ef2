#pragma once
// The database of reports, as policyd keeps it: the folder "policy" below data_directory. Whoever reads it as root
// becomes policyd's user first.

#include <memory>
#include <string>

#include "account/desk.h"
#include "reports/database.h"

namespace feedback {

using account::Result;

/// An empty one where policyd has never kept any.
Result<std::unique_ptr<reports::Database>> open(const std::string& configuration);

}  // namespace feedback
