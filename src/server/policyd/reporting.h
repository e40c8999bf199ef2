#pragma once
// All that policyd keeps and sends of aggregate reports, behind one door: what DMARC made of mail is counted, the days
// that are over are told of, and the reports of others are read. RFC 9990.
//
// It is no condition for mail: where the database cannot be used, the log says so, and mail is judged without it.

#include <boost/asio/io_context.hpp>
#include <memory>
#include <optional>
#include <string>

#include "policyd/report_intake.h"
#include "policyd/reporter.h"
#include "policyd/statistics.h"

namespace policyd {

class Reporting {
public:
    struct Around {
        boost::asio::io_context& context;
        resolver::Resolver& resolver;
        const clocks::Clock& clock;
        logs::Log& log;
        Outbox& outbox;
    };
    /// `folder`: where the database is or is to be, once there is use for it.
    Reporting(Around around, std::string folder, const std::string& hostname, const site::Reports& settings);

    void use(const std::string& hostname, const site::Reports& settings);
    /// From now on what waits is written down, and what is due sent.
    void begin();
    /// What waits is written down, before the end.
    void finish() {
        if (statistics_) statistics_->write();
    }

    /// Who counts mail; nullptr: nobody.
    Collector* collector() { return statistics_ && settings_.send ? &*statistics_ : nullptr; }
    /// Whether mail for these brings reports to us.
    bool is_awaited(std::span<const std::string> recipients) const { return is_for(recipients, settings_.receive); }
    /// Reads such mail, later.
    void take(std::shared_ptr<const Content> message, reports::Origin origin);

private:
    void open(const std::string& hostname);
    net::Task<void> write_often();
    net::Task<void> write();
    net::Task<void> send_often();
    void complain(const std::string& why);

    Around around_;
    std::string folder_;
    site::Reports settings_;
    bool has_begun_ = false;
    std::unique_ptr<reports::Database> database_;
    std::optional<Statistics> statistics_;
    std::optional<Reporter> reporter_;
    std::optional<ReportIntake> intake_;
};

}  // namespace policyd
