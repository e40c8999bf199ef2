#include "reports/schema.h"

#include <array>

#include "accounts/migration.h"

namespace reports {
namespace {

/// PRAGMA application_id: "Hrmr".
constexpr std::int64_t ours = 0x4872'6d72;

// Each brings the version before it to the next one. What was released is never changed. Days are days since 1970, UTC.
// `content` is the element <record> with a count of 0, so that equal mail is one row.
constexpr std::array steps{
    R"(
CREATE TABLE policy (
    id INTEGER PRIMARY KEY,
    day INTEGER NOT NULL,
    domain TEXT NOT NULL,
    policy INTEGER NOT NULL,
    subdomain_policy INTEGER NOT NULL,
    nonexistent_policy INTEGER NOT NULL,
    dkim_is_strict INTEGER NOT NULL,
    spf_is_strict INTEGER NOT NULL,
    failure_options TEXT NOT NULL,
    is_testing INTEGER NOT NULL,
    destinations TEXT NOT NULL,
    rows INTEGER NOT NULL,
    left_out INTEGER NOT NULL,
    sent INTEGER NOT NULL,
    UNIQUE (day, domain)
) STRICT;

CREATE TABLE record (
    policy INTEGER NOT NULL REFERENCES policy (id) ON DELETE CASCADE,
    content TEXT NOT NULL,
    count INTEGER NOT NULL,
    PRIMARY KEY (policy, content)
) STRICT, WITHOUT ROWID;

CREATE TABLE received (
    id INTEGER PRIMARY KEY,
    organization TEXT NOT NULL,
    report_id TEXT NOT NULL,
    domain TEXT NOT NULL,
    email TEXT NOT NULL,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    came INTEGER NOT NULL,
    sender TEXT NOT NULL,
    is_proved INTEGER NOT NULL,
    rows INTEGER NOT NULL,
    UNIQUE (domain, organization, report_id, sender)
) STRICT;
CREATE INDEX received_by_age ON received (came);
CREATE INDEX received_by_sender ON received (sender, is_proved, came);

CREATE TABLE received_row (
    report INTEGER NOT NULL REFERENCES received (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    source TEXT NOT NULL,
    count INTEGER NOT NULL,
    dkim INTEGER NOT NULL,
    spf INTEGER NOT NULL,
    disposition INTEGER NOT NULL,
    header_from TEXT NOT NULL,
    PRIMARY KEY (report, position)
) STRICT, WITHOUT ROWID;
)",
    // What is held of reports of others, by kind; and which of them are there with all their rows.
    R"(
CREATE TABLE holding (
    is_proved INTEGER PRIMARY KEY,
    reports INTEGER NOT NULL,
    rows INTEGER NOT NULL
) STRICT;
INSERT INTO holding SELECT 0, count(*), coalesce(sum(rows), 0) FROM received WHERE is_proved = 0;
INSERT INTO holding SELECT 1, count(*), coalesce(sum(rows), 0) FROM received WHERE is_proved = 1;
ALTER TABLE received ADD COLUMN is_whole INTEGER NOT NULL DEFAULT 1;
DROP INDEX received_by_age;
CREATE INDEX received_by_age ON received (is_proved, came);
)",
};

}  // namespace

std::expected<void, accounts::Error> migrate(accounts::Connection& connection) {
    return accounts::migrate(connection, ours, steps);
}

}  // namespace reports
