#pragma once
// Sends what was counted to the domains that ask for it, the day after. RFC 9990 §3.5, §4.
//
// That a report is sent is written down as soon as the queue has it. What the queue does not take is offered again
// after an hour; where nobody knows whether it took it, as one of us died meanwhile, too: by the same Report-ID, by
// which a receiver knows what he has already (RFC 9990 §3.5.4). What cannot be known yet waits for a day at most: a
// minute where directory does not answer, an hour where the DNS does not.

#include <functional>
#include <map>
#include <set>
#include <string>

#include "logs/log.h"
#include "policyd/outbox.h"
#include "reports/database.h"
#include "resolver/resolver.h"
#include "site/reports.h"

namespace policyd {

class Reporter {
public:
    struct Around {
        reports::Database& database;
        resolver::Resolver& resolver;
        boost::asio::io_context& context;
        Outbox& outbox;
        logs::Log& log;
    };
    static constexpr std::int64_t most_days = 7;  // older ones are not sent any more

    Reporter(Around around, std::string hostname, site::Reports settings)
        : around_(around), hostname_(std::move(hostname)), settings_(std::move(settings)) {}
    void use(std::string hostname, site::Reports settings);

    /// Sends what is due; to be called every minute. What is called while another is under way does nothing.
    net::Task<void> send_due();
    /// When the report is to be sent, in seconds since 1970.
    std::int64_t due(const reports::Collected& collected) const;

private:
    enum class Outcome : std::uint8_t { Done, Soon, Later };

    net::Task<Outcome> send(reports::Collected collected);
    aggregate::Report report_of(const reports::Collected& collected, std::vector<aggregate::Record> records) const;
    std::string letter_of(const aggregate::Report& report, std::vector<std::string> addresses) const;
    std::string author() const;
    bool mark(const reports::Collected& collected);
    void complain(const std::string& domain, const std::string& reason);
    net::Task<void> forget();

    Around around_;
    std::string hostname_;
    site::Reports settings_;
    std::map<std::int64_t, std::int64_t> not_before_;  // by Collected::id, of those that wait
    std::set<std::int64_t> taken_;                     // by the queue, and not yet written down
    std::int64_t forgotten_ = 0;                       // the day on which old ones were forgotten last
    bool is_sending_ = false;
};

}  // namespace policyd
