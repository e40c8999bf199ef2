#pragma once
// The tables of the directory, version by version.

#include <cstdint>
#include <expected>

#include "accounts/error.h"
#include "accounts/sqlite.h"

namespace accounts {

/// The newest that this program knows.
std::int64_t schema_version();

/// Brings an empty or older database to the newest version, in one transaction. An error where it is not ours, or
/// newer.
std::expected<void, Error> migrate(Connection& connection);

}  // namespace accounts
