#include "reports/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aggregate/xml.h"
#include "lang/try.h"
#include "reports/columns.h"
#include "reports/schema.h"

namespace reports {
namespace {

using accounts::Rows;

std::optional<dmarc::Policy> policy_in(std::int64_t number) {
    if (number < 0 || number > std::to_underlying(dmarc::Policy::Reject)) return std::nullopt;
    return static_cast<dmarc::Policy>(number);
}

dmarc::Alignment alignment_in(std::int64_t is_strict) {
    return is_strict ? dmarc::Alignment::Strict : dmarc::Alignment::Relaxed;
}
std::int64_t is_strict(dmarc::Alignment alignment) { return alignment == dmarc::Alignment::Strict; }

/// "mailto:a@b.example!5120 mailto:c@d.example": no URI has a blank.
std::string to_text(const std::vector<dmarc::ReportUri>& uris) {
    std::string text;
    for (const auto& [uri, most] : uris) {
        if (!text.empty()) text += ' ';
        text += most ? fmt::format("{}!{}", uri, most) : uri;
    }
    return text;
}

std::vector<dmarc::ReportUri> uris_in(std::string_view text) {
    std::string list(text);
    std::ranges::replace(list, ' ', ',');
    return dmarc::parse_consent("v=DMARC1; rua=" + list).value_or(std::vector<dmarc::ReportUri>());
}

constexpr std::string_view collected_columns =
    "SELECT id, day, domain, policy, subdomain_policy, nonexistent_policy, dkim_is_strict, spf_is_strict, "
    "failure_options, is_testing, destinations, left_out, sent, (SELECT coalesce(sum(count), 0) FROM record WHERE "
    "record.policy = policy.id) FROM policy ";

Collected collected_in(const Rows& rows) {
    return {.id = rows.number(0),
            .day = rows.number(1),
            .published = {.domain = rows.text(2),
                          .policy = policy_in(rows.number(3)).value_or(dmarc::Policy::None),
                          .subdomain_policy = policy_in(rows.number(4)),
                          .nonexistent_policy = policy_in(rows.number(5)),
                          .dkim = alignment_in(rows.number(6)),
                          .spf = alignment_in(rows.number(7)),
                          .failure_options = rows.text(8),
                          .is_testing = rows.number(9) != 0},
            .destinations = uris_in(rows.text(10)),
            .left_out = static_cast<std::uint64_t>(rows.number(11)),
            .sent = rows.number(12),
            .messages = static_cast<std::uint64_t>(rows.number(13))};
}

std::string with(std::string_view columns, std::string_view rest) { return std::string(columns).append(rest); }

}  // namespace

std::string database_file(const std::string& folder) {
    return folder + (folder.ends_with('/') ? "" : "/") + "reports.db";
}

Result<void> Database::in_transaction(const std::function<Result<void>()>& change) {
    TRY(connection_.run("BEGIN IMMEDIATE"));
    Result<void> done = change();
    if (done) done = connection_.run("COMMIT");
    if (!done && connection_.is_in_transaction()) static_cast<void>(connection_.run("ROLLBACK"));
    return done;
}

Result<std::unique_ptr<Database>> Database::open(const std::string& path, accounts::Connection::Missing missing,
                                                 std::chrono::milliseconds patience, Limits limits) {
    std::unique_ptr<Database> opened(new Database(TRY(accounts::Connection::open(path, missing, patience)), limits));
    TRY(migrate(opened->connection_));
    TRY(opened->connection_.run("PRAGMA synchronous = NORMAL"));
    if (missing == accounts::Connection::Missing::IsCreated) TRY(opened->forget_pieces());
    return opened;
}

Result<void> Database::add(std::int64_t day, std::span<const Observation> observations) {
    return in_transaction([&]() -> Result<void> {
        for (const auto& observation : observations) TRY(count(day, observation));
        return {};
    });
}

/// None: there is no room for another, or its report is sent.
Result<std::optional<std::int64_t>> Database::policy_of(std::int64_t day, const Observation& observation) {
    const auto& published = observation.published;
    const auto changed = TRY(connection_.change_by(
        "UPDATE policy SET policy = ?, subdomain_policy = ?, nonexistent_policy = ?, dkim_is_strict = ?, "
        "spf_is_strict = ?, failure_options = ?, is_testing = ?, destinations = ? WHERE day = ? AND domain = ? AND "
        "sent = 0",
        number(published.policy), number(published.subdomain_policy), number(published.nonexistent_policy),
        is_strict(published.dkim), is_strict(published.spf), published.failure_options,
        std::int64_t{published.is_testing}, to_text(observation.destinations), day, published.domain));
    if (changed == 0) {
        const auto domains = TRY(connection_.read_all<std::int64_t>(
            "SELECT count(*) FROM policy WHERE day = ?", [](const Rows& rows) { return rows.number(0); }, day));
        if (domains.at(0) >= limits_.domains_a_day) return std::nullopt;
        TRY(connection_.run_by(
            "INSERT INTO policy (day, domain, policy, subdomain_policy, nonexistent_policy, dkim_is_strict, "
            "spf_is_strict, failure_options, is_testing, destinations, rows, left_out, sent) VALUES (?, ?, ?, ?, ?, "
            "?, ?, ?, ?, ?, 0, 0, 0) ON CONFLICT DO NOTHING",
            day, published.domain, number(published.policy), number(published.subdomain_policy),
            number(published.nonexistent_policy), is_strict(published.dkim), is_strict(published.spf),
            published.failure_options, std::int64_t{published.is_testing}, to_text(observation.destinations)));
    }
    const auto ids = TRY(connection_.read_all<std::int64_t>(
        "SELECT id FROM policy WHERE day = ? AND domain = ? AND sent = 0",
        [](const Rows& rows) { return rows.number(0); }, day, published.domain));
    return ids.empty() ? std::nullopt : std::optional(ids[0]);
}

Result<void> Database::count(std::int64_t day, const Observation& observation) {
    const auto policy = TRY(policy_of(day, observation));
    if (!policy) return {};
    auto record = observation.record;
    const auto messages = bounded(std::exchange(record.count, 0));
    const auto content = aggregate::to_xml(record);
    if (TRY(connection_.change_by("UPDATE record SET count = count + ? WHERE policy = ? AND content = ?", messages,
                                  *policy, content)) > 0)
        return {};
    const auto room = TRY(connection_.read_all<bool>(
        "SELECT rows < ?2 AND (SELECT sum(rows) FROM policy WHERE day = ?4) < ?3 FROM policy WHERE id = ?1",
        [](const Rows& rows) { return rows.number(0) != 0; }, *policy, limits_.rows_a_domain, limits_.rows_a_day, day));
    if (!room.at(0)) {
        TRY(connection_.run_by("UPDATE policy SET left_out = left_out + ? WHERE id = ?", messages, *policy));
        return {};
    }
    TRY(connection_.run_by("INSERT INTO record (policy, content, count) VALUES (?, ?, ?)", *policy, content, messages));
    TRY(connection_.run_by("UPDATE policy SET rows = rows + 1 WHERE id = ?", *policy));
    return {};
}

Result<std::vector<Collected>> Database::due(std::int64_t day) {
    return connection_.read_all<Collected>(with(collected_columns, "WHERE sent = 0 AND day < ? ORDER BY day, domain"),
                                           collected_in, day);
}

Result<std::vector<Collected>> Database::collected() {
    return connection_.read_all<Collected>(with(collected_columns, "ORDER BY day DESC, domain"), collected_in);
}

Result<std::vector<aggregate::Record>> Database::records(std::int64_t id) {
    struct Row {
        std::string content;
        std::uint64_t count = 0;
    };
    std::vector<aggregate::Record> records;
    for (const auto& [content, count] : TRY(connection_.read_all<Row>(
             "SELECT content, count FROM record WHERE policy = ? ORDER BY count DESC, content",
             [](const Rows& rows) { return Row{rows.text(0), count_in(rows, 1)}; }, id))) {
        auto record = aggregate::parse_record(content);
        if (!record) continue;  // Hostile: whoever got at the file may have written it
        record->count = count;
        records.push_back(*std::move(record));
    }
    return records;
}

Result<bool> Database::mark_sent(std::int64_t id, std::int64_t now) {
    TRY(connection_.run("PRAGMA synchronous = FULL"));
    auto changed = connection_.change_by("UPDATE policy SET sent = ? WHERE id = ? AND sent = 0", now, id);
    TRY(connection_.run("PRAGMA synchronous = NORMAL"));
    return TRY(std::move(changed)) > 0;
}

Result<bool> Database::forget(std::int64_t day, std::int64_t came) {
    using Found = std::optional<std::int64_t>;
    const auto id_in = [](const Rows& rows) { return rows.number(0); };
    const Found old =
        TRY(connection_.read_one<std::int64_t>("SELECT id FROM policy WHERE day < ? LIMIT 1", id_in, day));
    if (old) {
        TRY(in_transaction([&]() -> Result<void> {
            const auto gone = TRY(connection_.change_by(
                "DELETE FROM record WHERE policy = ?1 AND content IN (SELECT content FROM record WHERE policy = ?1 "
                "LIMIT ?2)",
                *old, limits_.rows_at_a_time));
            if (gone < limits_.rows_at_a_time) TRY(connection_.run_by("DELETE FROM policy WHERE id = ?", *old));
            return {};
        }));
        return true;
    }
    const Found report = TRY(connection_.read_one<std::int64_t>(
        "SELECT id FROM received WHERE is_proved IN (0, 1) AND came < ? LIMIT 1", id_in, came));
    if (!report) return false;
    TRY(shorten(*report));
    return true;
}

}  // namespace reports
