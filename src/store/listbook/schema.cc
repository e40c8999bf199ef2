#include "listbook/schema.h"

#include <array>

#include "accounts/migration.h"

namespace listbook {
namespace {

/// PRAGMA application_id: "Hrml".
constexpr std::int64_t ours = 0x4872'6d6c;

// Each brings the version before it to the next one. What was released is never changed. `key`: the address in lower
// case. Numbers of members are never used again (AUTOINCREMENT): they stand in addresses that are good for ever.
constexpr std::array steps{
    R"(
CREATE TABLE list (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL,
    domain TEXT NOT NULL,
    description TEXT NOT NULL,
    posting INTEGER NOT NULL,
    others INTEGER NOT NULL,
    subscription INTEGER NOT NULL,
    message_size INTEGER NOT NULL,
    unsubscribe_url TEXT NOT NULL,
    secret TEXT NOT NULL,
    created INTEGER NOT NULL,
    UNIQUE (domain, name)
) STRICT;

CREATE TABLE member (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    list INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    address TEXT NOT NULL,
    key TEXT NOT NULL,
    since INTEGER NOT NULL,
    state INTEGER NOT NULL DEFAULT 0,
    state_since INTEGER NOT NULL DEFAULT 0,
    last_bounce INTEGER NOT NULL DEFAULT 0,
    bounces INTEGER NOT NULL DEFAULT 0,
    UNIQUE (list, key)
) STRICT;

CREATE TABLE person (
    list INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    role INTEGER NOT NULL,
    address TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (list, role, key)
) STRICT, WITHOUT ROWID;

CREATE TABLE request (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    list INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    wish INTEGER NOT NULL,
    address TEXT NOT NULL,
    key TEXT NOT NULL,
    asked INTEGER NOT NULL,
    UNIQUE (list, wish, key)
) STRICT;

CREATE TABLE posting (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    list INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    state INTEGER NOT NULL,
    progress INTEGER NOT NULL,
    last INTEGER NOT NULL,
    sender TEXT NOT NULL,
    message BLOB NOT NULL,
    came INTEGER NOT NULL,
    UNIQUE (list, key)
) STRICT;
CREATE INDEX posting_by_age ON posting (came);
)",
    R"(
CREATE TABLE helped (
    list INTEGER NOT NULL REFERENCES list (id) ON DELETE CASCADE,
    key TEXT NOT NULL,
    sent INTEGER NOT NULL,
    PRIMARY KEY (list, key)
) STRICT, WITHOUT ROWID;
)",
    R"(
ALTER TABLE list ADD COLUMN subject_prefix TEXT NOT NULL DEFAULT '';
ALTER TABLE list ADD COLUMN footer TEXT NOT NULL DEFAULT '';
ALTER TABLE list ADD COLUMN rewrite_from INTEGER NOT NULL DEFAULT 0;
)",
};

}  // namespace

Result<void> migrate(accounts::Connection& connection) { return accounts::migrate(connection, ours, steps); }

}  // namespace listbook
