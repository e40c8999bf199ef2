#pragma once
// Reports of others, read out of the mail that brings them. RFC 9990 §3.5, §8.1. What comes is only ever counted: it
// may be forged, and so it is kept by whom it was sent and whether DMARC proved that.
//
// Hostile: it may be a bomb, or many. Each is read piece by piece, with turns for others in between; few at a time, and
// those that come while too many wait are left out, which the log says. The mail itself is delivered in any case.

#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <span>
#include <string>
#include <string_view>

#include "clocks/clock.h"
#include "logs/log.h"
#include "policyd/content.h"
#include "reports/database.h"

namespace policyd {

class ReportIntake {
public:
    static constexpr std::uint64_t longest_message = 10 * 1024 * 1024;
    static constexpr std::size_t most_at_a_time = 2;
    static constexpr std::size_t most_waiting = 100;

    ReportIntake(boost::asio::io_context& context, reports::Database& database, const clocks::Clock& clock,
                 logs::Log& log)
        : context_(context), database_(database), clock_(clock), log_(log) {}

    /// Once it has been said what becomes of the message.
    net::Task<void> take(std::shared_ptr<const Content> message, reports::Origin origin);

private:
    net::Task<void> read(const Content& message, reports::Origin origin);
    net::Task<std::string> trouble_with(std::string_view message, const reports::Origin& origin);
    net::Task<void> yield();

    boost::asio::io_context& context_;
    reports::Database& database_;
    const clocks::Clock& clock_;
    logs::Log& log_;
    std::size_t under_way_ = 0;
    std::size_t waiting_ = 0;
};

/// Whether one of the recipients is one of the addresses, case aside.
bool is_for(std::span<const std::string> recipients, std::span<const std::string> addresses);

}  // namespace policyd
