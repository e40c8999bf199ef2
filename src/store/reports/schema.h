#pragma once
// The tables of the database of reports, version by version.

#include <expected>

#include "accounts/sqlite.h"

namespace reports {

std::expected<void, accounts::Error> migrate(accounts::Connection& connection);

}  // namespace reports
