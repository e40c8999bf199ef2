#include "policyd/reporting.h"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace policyd {
namespace {

constexpr std::chrono::seconds between_writes{5};
constexpr std::chrono::seconds between_looks{60};
constexpr std::chrono::seconds patience{2};  // with a command that has the database

}  // namespace

Reporting::Reporting(Around around, std::string folder, const std::string& hostname, const site::Reports& settings)
    : around_(around), folder_(std::move(folder)), settings_(settings) {
    open(hostname);
}

void Reporting::open(const std::string& hostname) {
    if (database_ || !site::keeps_reports(settings_)) return;
    auto opened = reports::Database::open(reports::database_file(folder_), accounts::Connection::Missing::IsCreated,
                                          patience, {});
    if (!opened) {
        complain("nothing is kept of reports of DMARC: " + accounts::to_text(opened.error()));
        return;
    }
    database_ = *std::move(opened);
    statistics_.emplace(*database_, around_.clock, [this](const std::string& why) { complain(why); });
    reporter_.emplace(Reporter::Around{*database_, around_.resolver, around_.context, around_.outbox, around_.log},
                      hostname, settings_);
    intake_.emplace(around_.context, *database_, around_.clock, around_.log);
    if (has_begun_) begin();
}

void Reporting::use(const std::string& hostname, const site::Reports& settings) {
    settings_ = settings;
    if (reporter_) reporter_->use(hostname, settings);
    open(hostname);
}

void Reporting::begin() {
    has_begun_ = true;
    if (!database_) return;
    boost::asio::co_spawn(around_.context, write_often(), boost::asio::detached);
    boost::asio::co_spawn(around_.context, send_often(), boost::asio::detached);
}

net::Task<void> Reporting::write_often() {
    boost::asio::steady_timer timer(around_.context);
    while (true) {
        timer.expires_after(between_writes);
        co_await timer.async_wait(boost::asio::use_awaitable);
        co_await write();
    }
}

net::Task<void> Reporting::write() {
    while (statistics_->write_some()) co_await boost::asio::post(around_.context, boost::asio::use_awaitable);
}

net::Task<void> Reporting::send_often() {
    boost::asio::steady_timer timer(around_.context, between_writes);  // then the neighbours are there
    co_await timer.async_wait(boost::asio::use_awaitable);
    while (true) {
        co_await write();  // a day that is over is whole
        co_await reporter_->send_due();
        timer.expires_after(between_looks);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
}

void Reporting::take(std::shared_ptr<const Content> message, reports::Origin origin) {
    if (!intake_) return;
    boost::asio::co_spawn(around_.context, intake_->take(std::move(message), std::move(origin)), boost::asio::detached);
}

void Reporting::complain(const std::string& why) { around_.log.event(logs::Event::Alert, {{"reason", why}}); }

}  // namespace policyd
