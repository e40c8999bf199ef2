#include "reports/database.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "aggregate/xml.h"
#include "lang/try.h"
#include "reports/schema.h"

namespace reports {
namespace {

using accounts::Rows;

constexpr std::int64_t no_policy = -1;

std::int64_t number(std::optional<dmarc::Policy> policy) {
    return policy ? std::int64_t{std::to_underlying(*policy)} : no_policy;
}

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

std::uint64_t count_in(const Rows& rows, int column) { return static_cast<std::uint64_t>(rows.number(column)); }

std::int64_t bounded(std::uint64_t count) {
    constexpr std::uint64_t most = 1'000'000'000'000;  // sums of them have room in 64 bits
    return static_cast<std::int64_t>(std::min(count, most));
}

std::string with(std::string_view columns, std::string_view rest) { return std::string(columns).append(rest); }

}  // namespace

std::string database_file(const std::string& folder) {
    return folder + (folder.ends_with('/') ? "" : "/") + "reports.db";
}

Result<void> Database::in_transaction(const auto& change) {
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

Result<bool> Database::add(const aggregate::Report& report, const Origin& origin, std::int64_t now) {
    bool is_new = false;
    TRY(in_transaction([&]() -> Result<void> {
        TRY(make_room(std::ssize(report.records)));
        const auto added = TRY(connection_.change_by(
            "INSERT INTO received (organization, report_id, domain, email, first, last, came, sender, is_proved, rows) "
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING",
            report.organization, report.id, report.published.domain, report.email, report.begin, report.end, now,
            origin.sender, std::int64_t{origin.is_proved}, std::int64_t{std::ssize(report.records)}));
        is_new = added > 0;
        if (!is_new) return {};
        const auto id = connection_.last_row();
        auto insert = TRY(connection_.prepare(
            "INSERT INTO received_row (report, position, source, count, dkim, spf, disposition, header_from) VALUES "
            "(?, ?, ?, ?, ?, ?, ?, ?)"));
        std::int64_t position = 0;
        for (const auto& record : report.records)
            static_cast<void>(TRY(insert.run(id, position++, ip::to_text(record.source), bounded(record.count),
                                             std::int64_t{record.is_dkim_aligned}, std::int64_t{record.is_spf_aligned},
                                             number(record.disposition), record.header_from)));
        return {};
    }));
    return is_new;
}

/// The oldest give way.
Result<void> Database::make_room(std::int64_t rows) {
    const auto has_room = [&]() -> Result<bool> {
        const auto found = TRY(connection_.read_all<bool>(
            "SELECT count(*) < ? AND coalesce(sum(rows), 0) + ? <= ? FROM received",
            [](const Rows& each) { return each.number(0) != 0; }, limits_.reports, rows, limits_.rows));
        return found.at(0);
    };
    while (!TRY(has_room())) {
        const auto gone = TRY(connection_.change_by(
            "DELETE FROM received WHERE id IN (SELECT id FROM received ORDER BY came, id LIMIT 100)"));
        if (gone == 0) break;
    }
    return {};
}

Result<std::vector<DomainSummary>> Database::domains(std::int64_t since) {
    return connection_.read_all<DomainSummary>(
        "SELECT domain, count(DISTINCT id), coalesce(sum(count), 0), coalesce(sum(count * (dkim OR spf)), 0), "
        "min(first), max(last) FROM received LEFT JOIN received_row ON received_row.report = received.id WHERE "
        "last >= ? GROUP BY domain ORDER BY domain",
        [](const Rows& rows) {
            return DomainSummary{rows.text(0),      count_in(rows, 1), count_in(rows, 2),
                                 count_in(rows, 3), rows.number(4),    rows.number(5)};
        },
        since);
}

Result<std::vector<DaySummary>> Database::days(std::string_view domain, std::int64_t since) {
    return connection_.read_all<DaySummary>(
        "SELECT first / 86400 AS day, sum(count), sum(count * (dkim OR spf)) FROM received JOIN received_row ON "
        "received_row.report = received.id WHERE domain = ? AND last >= ? GROUP BY day ORDER BY day",
        [](const Rows& rows) { return DaySummary{rows.number(0), count_in(rows, 1), count_in(rows, 2)}; }, domain,
        since);
}

Result<std::vector<SourceSummary>> Database::sources(std::string_view domain, std::int64_t since, std::int64_t most) {
    return connection_.read_all<SourceSummary>(
        "SELECT source, sum(count) AS total, sum(count * (dkim OR spf)), sum(count * dkim), sum(count * spf), "
        "sum(count * (disposition = 1)), sum(count * (disposition = 2)) FROM received JOIN received_row ON "
        "received_row.report = received.id WHERE domain = ? AND last >= ? GROUP BY source ORDER BY total DESC, "
        "source LIMIT ?",
        [](const Rows& rows) {
            return SourceSummary{rows.text(0),      count_in(rows, 1), count_in(rows, 2), count_in(rows, 3),
                                 count_in(rows, 4), count_in(rows, 5), count_in(rows, 6)};
        },
        domain, since, most);
}

Result<std::vector<ReportSummary>> Database::received(std::string_view domain, std::int64_t since, std::int64_t most) {
    return connection_.read_all<ReportSummary>(
        "SELECT organization, report_id, email, first, last, sender, is_proved, (SELECT coalesce(sum(count), 0) FROM "
        "received_row WHERE report = received.id) FROM received WHERE domain = ? AND last >= ? ORDER BY first DESC, "
        "organization LIMIT ?",
        [](const Rows& rows) {
            return ReportSummary{.organization = rows.text(0),
                                 .report_id = rows.text(1),
                                 .email = rows.text(2),
                                 .first = rows.number(3),
                                 .last = rows.number(4),
                                 .origin = {.sender = rows.text(5), .is_proved = rows.number(6) != 0},
                                 .messages = count_in(rows, 7)};
        },
        domain, since, most);
}

Result<void> Database::forget(std::int64_t day, std::int64_t came) {
    return in_transaction([&]() -> Result<void> {
        TRY(connection_.run_by("DELETE FROM policy WHERE day < ?", day));
        TRY(connection_.run_by("DELETE FROM received WHERE came < ?", came));
        return {};
    });
}

}  // namespace reports
