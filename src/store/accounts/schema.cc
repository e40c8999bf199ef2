#include "accounts/schema.h"

#include <array>

#include "accounts/migration.h"

namespace accounts {
namespace {

/// PRAGMA application_id: "Hrmd".
constexpr std::int64_t ours = 0x4872'6d64;

// Each brings the version before it to the next one. What was released is never changed.
constexpr std::array steps{
    // 1: who exists. A name is split where an address is, so that a domain's names stand together in the index; names
    // without a domain have an empty one. Domains of accounts may be the configuration's, hence no reference.
    R"(
CREATE TABLE domain (
    name TEXT PRIMARY KEY,
    same_as TEXT NOT NULL,
    catch_all TEXT NOT NULL,
    delimiters TEXT NOT NULL,
    created INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    local_part TEXT NOT NULL,
    quota INTEGER NOT NULL CHECK (quota >= 0),
    is_disabled INTEGER NOT NULL CHECK (is_disabled IN (0, 1)),
    created INTEGER NOT NULL,
    UNIQUE (domain, local_part)
) STRICT;

CREATE TABLE alias (
    id INTEGER PRIMARY KEY,
    domain TEXT NOT NULL,
    local_part TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (domain, local_part)
) STRICT;

CREATE TABLE alias_target (
    alias INTEGER NOT NULL REFERENCES alias (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    target TEXT NOT NULL,
    PRIMARY KEY (alias, position),
    UNIQUE (alias, target)
) STRICT, WITHOUT ROWID;
)",
    // 2: how they prove who they are. scram_* as RFC 5803 §3 writes them.
    R"(
CREATE TABLE password (
    account INTEGER PRIMARY KEY REFERENCES account (id) ON DELETE CASCADE,
    hash TEXT NOT NULL,
    scram_sha_256 TEXT NOT NULL,
    scram_sha_1 TEXT NOT NULL,
    secret TEXT NOT NULL,
    changed INTEGER NOT NULL
) STRICT;

CREATE TABLE app_password (
    id INTEGER PRIMARY KEY,
    account INTEGER NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    uses INTEGER NOT NULL,
    created INTEGER NOT NULL,
    expires INTEGER NOT NULL,
    last_used INTEGER NOT NULL,
    UNIQUE (account, name)
) STRICT;
)",
};

}  // namespace

std::int64_t schema_version() { return static_cast<std::int64_t>(steps.size()); }

std::expected<void, Error> migrate(Connection& connection) { return migrate(connection, ours, steps); }

}  // namespace accounts
