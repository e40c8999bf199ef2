#pragma once
// The tables of a database, version by version: PRAGMA user_version counts the steps that were taken.

#include <cstdint>
#include <expected>
#include <span>

#include "accounts/error.h"
#include "accounts/sqlite.h"

namespace accounts {

/// Brings an empty or older database to the newest version, in one transaction. Each step is SQL that makes the next
/// version of the one before it; `application` (PRAGMA application_id) tells our databases apart. An error where it is
/// another's, or newer.
std::expected<void, Error> migrate(Connection& connection, std::int64_t application,
                                   std::span<const char* const> steps);

}  // namespace accounts
