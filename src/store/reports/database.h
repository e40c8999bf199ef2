#pragma once
// What DMARC made of mail, day by day, until the reports about it are sent; and the reports that others sent us. An
// SQLite database in the folder "policy" below data_directory, of the user that policyd runs as. RFC 9990.
//
// Statistics may lose their last seconds with the machine, and the file is never damaged by that: what is written is
// not synced one by one. That a report is sent is.
//
// Hostile: strangers choose the domains, the results and the reports. Of everything there is a most, beyond which mail
// is only counted as left out, and the oldest reports of others are forgotten: of those that nobody's DMARC has proved
// only others of that kind give way. No transaction changes more than so many rows, as whoever calls has more to do
// than this.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/sqlite.h"
#include "aggregate/report.h"
#include "dmarc/record.h"

namespace reports {

using Error = accounts::Error;
template <typename T>
using Result = std::expected<T, Error>;

constexpr std::int64_t seconds_a_day = 86'400;

/// Mail of one kind, by whose record it was judged.
struct Observation {
    aggregate::Published published;
    std::vector<dmarc::ReportUri> destinations;
    aggregate::Record record;
};

/// What is to be reported of one domain and one day.
struct Collected {
    std::int64_t id = 0;
    std::int64_t day = 0;  // since 1970, UTC
    aggregate::Published published;
    std::vector<dmarc::ReportUri> destinations;
    std::uint64_t left_out = 0;  // messages for which there was no row
    std::int64_t sent = 0;       // when, in seconds since 1970; 0: not yet
    std::uint64_t messages = 0;  // left_out not among them
};

/// Where a report came from: what its own words are worth.
struct Origin {
    std::string sender;      // the author domain of the message it came in
    bool is_proved = false;  // DMARC passed for it
};

/// The reports about one of our domains.
struct DomainSummary {
    std::string domain;
    std::uint64_t reports = 0;
    std::uint64_t messages = 0;
    std::uint64_t passed = 0;
    std::int64_t first = 0;  // of the time they are about, in seconds since 1970
    std::int64_t last = 0;
    bool operator==(const DomainSummary&) const = default;
};

struct DaySummary {
    std::int64_t day = 0;
    std::uint64_t messages = 0;
    std::uint64_t passed = 0;
    bool operator==(const DaySummary&) const = default;
};

struct SourceSummary {
    std::string source;
    std::uint64_t messages = 0;
    std::uint64_t passed = 0;
    std::uint64_t dkim = 0;  // of these, by DKIM
    std::uint64_t spf = 0;
    std::uint64_t quarantined = 0;
    std::uint64_t rejected = 0;
    bool operator==(const SourceSummary&) const = default;
};

struct ReportSummary {
    std::string organization;
    std::string report_id;
    std::string email;
    std::int64_t first = 0;
    std::int64_t last = 0;
    Origin origin;
    std::uint64_t messages = 0;
};

class Database {
public:
    struct Limits {
        std::int64_t domains_a_day = 10'000;
        std::int64_t rows_a_domain = 10'000;
        std::int64_t rows_a_day = 200'000;
        std::int64_t reports = 100'000;  // of others, proved
        std::int64_t rows = 2'000'000;
        std::int64_t reports_of_sender = 5'000;  // of these: whoever proves his own domain floods nobody else's
        std::int64_t rows_of_sender = 200'000;
        std::int64_t unproved_reports = 20'000;
        std::int64_t unproved_rows = 400'000;
        std::int64_t rows_at_a_time = 1'000;  // of a transaction
    };
    static Result<std::unique_ptr<Database>> open(const std::string& path, accounts::Connection::Missing missing,
                                                  std::chrono::milliseconds patience, Limits limits);

    /// All, or on an error nothing.
    Result<void> add(std::int64_t day, std::span<const Observation> observations);
    /// Not yet sent, of days before `day`; the oldest first.
    Result<std::vector<Collected>> due(std::int64_t day);
    /// Everything there is, the newest first.
    Result<std::vector<Collected>> collected();
    Result<std::vector<aggregate::Record>> records(std::int64_t id);
    /// False: that was said before.
    Result<bool> mark_sent(std::int64_t id, std::int64_t now);

    /// All of an Arrival at once. False: it is here already (RFC 9990 §3.5.4).
    Result<bool> add(const aggregate::Report& report, const Origin& origin, std::int64_t now);
    Result<std::vector<DomainSummary>> domains(std::int64_t since);
    Result<std::vector<DaySummary>> days(std::string_view domain, std::int64_t since);
    Result<std::vector<SourceSummary>> sources(std::string_view domain, std::int64_t since, std::int64_t most);
    Result<std::vector<ReportSummary>> received(std::string_view domain, std::int64_t since, std::int64_t most);

    /// Some of what there is of days of ours before `day`, and of reports that came before `came`. True: there may be
    /// more.
    Result<bool> forget(std::int64_t day, std::int64_t came);

private:
    friend class Arrival;

    Database(accounts::Connection connection, Limits limits) : connection_(std::move(connection)), limits_(limits) {}

    Result<void> in_transaction(const std::function<Result<void>()>& change);
    Result<void> count(std::int64_t day, const Observation& observation);
    Result<std::optional<std::int64_t>> policy_of(std::int64_t day, const Observation& observation);
    Result<void> drop(std::int64_t id);
    Result<bool> make_room(bool is_proved, std::int64_t rows);
    Result<bool> make_room_for(const std::string& sender, std::int64_t rows);
    Result<bool> displace(const aggregate::Report& report, const Origin& origin);
    Result<std::int64_t> insert(const aggregate::Report& report, const Origin& origin, std::int64_t now);
    Result<bool> add_rows(std::int64_t id, const aggregate::Report& report, std::size_t& written);
    Result<void> shorten(std::int64_t id);
    Result<void> remove(std::int64_t id);
    Result<void> forget_pieces();

    accounts::Connection connection_;
    Limits limits_;
};

/// A report of others on its way in, step by step; it is told of when it is whole. All outlive it.
class Arrival {
public:
    Arrival(Database& database, const aggregate::Report& report, const Origin& origin, std::int64_t now)
        : database_(database), report_(report), origin_(origin), now_(now) {}

    /// True: there is more to do.
    Result<bool> step();
    /// In the end: it was not here yet.
    bool is_new() const { return id_ != 0; }

private:
    Result<bool> begin();

    Database& database_;
    const aggregate::Report& report_;
    const Origin& origin_;
    std::int64_t now_;
    std::int64_t id_ = 0;
    std::size_t written_ = 0;
};

/// In the folder of policyd.
std::string database_file(const std::string& folder);

}  // namespace reports
