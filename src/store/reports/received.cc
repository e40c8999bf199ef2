// The half of the database with the reports of others.

#include "lang/try.h"
#include "reports/columns.h"
#include "reports/database.h"

namespace reports {

using accounts::Rows;

Result<bool> Arrival::step() {
    if (id_ == 0) return begin();
    auto is_more = database_.add_rows(id_, report_, written_);
    if (!is_more) static_cast<void>(database_.drop(id_));  // or it would count as known when it comes again
    return is_more;
}

/// Room first: for one, or some rows of it, at a time.
Result<bool> Arrival::begin() {
    const auto rows = std::ssize(report_.records);
    if (origin_.is_proved && TRY(database_.make_room_for(origin_.sender, rows))) return true;
    if (TRY(database_.make_room(origin_.is_proved, rows)) || TRY(database_.displace(report_, origin_))) return true;
    id_ = TRY(database_.insert(report_, origin_, now_));
    return id_ != 0;
}

Result<bool> Database::add(const aggregate::Report& report, const Origin& origin, std::int64_t now) {
    Arrival arrival(*this, report, origin, now);
    while (TRY(arrival.step())) {
    }
    return arrival.is_new();
}

/// Hostile: whoever foresees the number of a report sends another one by it. In his own name it stands beside the true
/// one; in the name of its sender he proves nothing, and what is proved takes its place. True: as with make_room().
Result<bool> Database::displace(const aggregate::Report& report, const Origin& origin) {
    const auto known = TRY(connection_.read_one<std::int64_t>(
        "SELECT id FROM received WHERE organization = ? AND report_id = ? AND domain = ? AND sender = ? AND "
        "is_proved < ?",
        [](const Rows& rows) { return rows.number(0); }, report.organization, report.id, report.published.domain,
        origin.sender, std::int64_t{origin.is_proved}));
    if (known) TRY(shorten(*known));
    return known.has_value();
}

/// 0: it is here already.
Result<std::int64_t> Database::insert(const aggregate::Report& report, const Origin& origin, std::int64_t now) {
    std::int64_t id = 0;
    TRY(in_transaction([&]() -> Result<void> {
        const auto rows = std::int64_t{std::ssize(report.records)};
        const auto added = TRY(connection_.change_by(
            "INSERT INTO received (organization, report_id, domain, email, first, last, came, sender, is_proved, rows, "
            "is_whole) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0) ON CONFLICT DO NOTHING",
            report.organization, report.id, report.published.domain, report.email, report.begin, report.end, now,
            origin.sender, std::int64_t{origin.is_proved}, rows));
        if (added == 0) return {};
        id = connection_.last_row();
        return connection_.run_by("UPDATE holding SET reports = reports + 1, rows = rows + ? WHERE is_proved = ?", rows,
                                  std::int64_t{origin.is_proved});
    }));
    return id;
}

/// True: there are more.
Result<bool> Database::add_rows(std::int64_t id, const aggregate::Report& report, std::size_t& written) {
    const auto end = std::min(written + static_cast<std::size_t>(limits_.rows_at_a_time), report.records.size());
    TRY(in_transaction([&]() -> Result<void> {
        auto insert = TRY(connection_.prepare(
            "INSERT INTO received_row (report, position, source, count, dkim, spf, disposition, header_from) VALUES "
            "(?, ?, ?, ?, ?, ?, ?, ?)"));
        for (auto i = written; i < end; ++i) {
            const auto& record = report.records[i];
            static_cast<void>(
                TRY(insert.run(id, static_cast<std::int64_t>(i), ip::to_text(record.source), bounded(record.count),
                               std::int64_t{record.is_dkim_aligned}, std::int64_t{record.is_spf_aligned},
                               number(record.disposition), record.header_from)));
        }
        if (end < report.records.size()) return {};
        return connection_.run_by("UPDATE received SET is_whole = 1 WHERE id = ?", id);
    }));
    written = end;
    return end < report.records.size();
}

/// The oldest of its kind give way. True: something went, and there may have to be more.
Result<bool> Database::make_room(bool is_proved, std::int64_t rows) {
    const auto most_reports = is_proved ? limits_.reports : limits_.unproved_reports;
    const auto most_rows = is_proved ? limits_.rows : limits_.unproved_rows;
    const auto oldest = TRY(connection_.read_one<std::int64_t>(
        "SELECT id FROM received WHERE is_proved = ?1 AND EXISTS (SELECT 1 FROM holding WHERE is_proved = ?1 AND "
        "(reports >= ?2 OR rows + ?3 > ?4)) ORDER BY came, id LIMIT 1",
        [](const Rows& each) { return each.number(0); }, std::int64_t{is_proved}, most_reports, rows, most_rows));
    if (oldest) TRY(shorten(*oldest));
    return oldest.has_value();
}

/// The oldest of that sender's, who proves who he is, give way. True: as with make_room().
Result<bool> Database::make_room_for(const std::string& sender, std::int64_t rows) {
    const auto oldest = TRY(connection_.read_one<std::int64_t>(
        "SELECT id FROM received WHERE sender = ?1 AND is_proved = 1 AND (SELECT count(*) >= ?2 OR "
        "coalesce(sum(rows), 0) + ?3 > ?4 FROM received WHERE sender = ?1 AND is_proved = 1) ORDER BY came, id LIMIT 1",
        [](const Rows& each) { return each.number(0); }, sender, limits_.reports_of_sender, rows,
        limits_.rows_of_sender));
    if (oldest) TRY(shorten(*oldest));
    return oldest.has_value();
}

/// Some of its rows, and with the last of them itself. What is shortened is told of no more.
Result<void> Database::shorten(std::int64_t id) {
    return in_transaction([&]() -> Result<void> {
        const auto gone = TRY(connection_.change_by(
            "DELETE FROM received_row WHERE report = ?1 AND position IN (SELECT position FROM received_row WHERE "
            "report = ?1 LIMIT ?2)",
            id, limits_.rows_at_a_time));
        if (gone < limits_.rows_at_a_time) return remove(id);
        return connection_.run_by("UPDATE received SET is_whole = 0 WHERE id = ?", id);
    });
}

Result<void> Database::remove(std::int64_t id) {
    TRY(connection_.run_by(
        "UPDATE holding SET reports = reports - 1, rows = rows - (SELECT rows FROM received WHERE id = ?1) WHERE "
        "is_proved = (SELECT is_proved FROM received WHERE id = ?1)",
        id));
    return connection_.run_by("DELETE FROM received WHERE id = ?", id);
}

Result<void> Database::drop(std::int64_t id) {
    return in_transaction([&] { return remove(id); });
}

/// What had not come to its end when policyd stopped.
Result<void> Database::forget_pieces() {
    for (const auto id : TRY(connection_.read_all<std::int64_t>("SELECT id FROM received WHERE is_whole = 0",
                                                                [](const Rows& rows) { return rows.number(0); })))
        TRY(drop(id));
    return {};
}

Result<std::vector<DomainSummary>> Database::domains(std::int64_t since) {
    return connection_.read_all<DomainSummary>(
        "SELECT domain, count(DISTINCT id), coalesce(sum(count), 0), coalesce(sum(count * (dkim OR spf)), 0), "
        "min(first), max(last) FROM received LEFT JOIN received_row ON received_row.report = received.id WHERE "
        "is_whole AND last >= ? GROUP BY domain ORDER BY domain",
        [](const Rows& rows) {
            return DomainSummary{rows.text(0),      count_in(rows, 1), count_in(rows, 2),
                                 count_in(rows, 3), rows.number(4),    rows.number(5)};
        },
        since);
}

Result<std::vector<DaySummary>> Database::days(std::string_view domain, std::int64_t since) {
    return connection_.read_all<DaySummary>(
        "SELECT first / 86400 AS day, sum(count), sum(count * (dkim OR spf)) FROM received JOIN received_row ON "
        "received_row.report = received.id WHERE is_whole AND domain = ? AND last >= ? GROUP BY day ORDER BY day",
        [](const Rows& rows) { return DaySummary{rows.number(0), count_in(rows, 1), count_in(rows, 2)}; }, domain,
        since);
}

Result<std::vector<SourceSummary>> Database::sources(std::string_view domain, std::int64_t since, std::int64_t most) {
    return connection_.read_all<SourceSummary>(
        "SELECT source, sum(count) AS total, sum(count * (dkim OR spf)), sum(count * dkim), sum(count * spf), "
        "sum(count * (disposition = 1)), sum(count * (disposition = 2)) FROM received JOIN received_row ON "
        "received_row.report = received.id WHERE is_whole AND domain = ? AND last >= ? GROUP BY source ORDER BY total "
        "DESC, "
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
        "received_row WHERE report = received.id) FROM received WHERE is_whole AND domain = ? AND last >= ? ORDER BY "
        "first DESC, "
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

}  // namespace reports
