#include "pickup/rounds.h"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <chrono>
#include <utility>

namespace pickup {
namespace {

namespace asio = boost::asio;
constexpr std::chrono::seconds between_scans{60};
constexpr std::chrono::seconds between_scans_of_many{1};
constexpr std::chrono::milliseconds between_syncs{50};
constexpr auto quietly = asio::as_tuple(asio::use_awaitable);

}  // namespace

Rounds::Rounds(asio::io_context& context, Around& around, file::Descriptor watch)
    : context_(context), around_(around), timer_(context), sync_timer_(context) {
    if (watch) watch_.emplace(context, watch.release());
}

void Rounds::start() {
    asio::co_spawn(context_, scan_now_and_then(), asio::detached);
    if (watch_) asio::co_spawn(context_, follow_watch(), asio::detached);
}

net::Task<void> Rounds::scan_now_and_then() {
    while (!stopping_) {
        scan();
        // Without inotify (its instances are limited) this is all there is.
        const bool soon = was_cut_short_ || !watch_;
        timer_.expires_after(soon ? between_scans_of_many : between_scans);
        static_cast<void>(co_await timer_.async_wait(quietly));
    }
}

net::Task<void> Rounds::follow_watch() {
    std::string events(16 * 1024, '\0');
    while (!stopping_) {
        const auto [error, length] = co_await watch_->async_read_some(asio::buffer(events), quietly);
        if (error) co_return;
        for_each_name(std::string_view(events).substr(0, length), [this](const std::string& name) { notice(name); });
        begin();
    }
}

void Rounds::scan() {
    was_cut_short_ = false;
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(around_.clock.wall().time_since_epoch()).count();
    around_.folder.scan(now, [this](const std::string& name) {
        notice(name);
        return true;
    });
    begin();
}

void Rounds::notice(const std::string& name) {
    if (backlog_.knows(name)) return;
    const auto owner = owner_of(around_.folder.descriptor(), name);
    if (owner && !backlog_.add(*owner, name)) was_cut_short_ = true;
}

void Rounds::begin() {
    while (!stopping_) {
        auto name = backlog_.next();
        if (!name) return;
        asio::co_spawn(context_, take_in(std::move(*name)), asio::detached);
    }
}

// One sync for all that were removed meanwhile. Only a power cut within this time brings a file back that was taken.
void Rounds::sync_soon() {
    if (std::exchange(is_sync_near_, true)) return;
    sync_timer_.expires_after(between_syncs);
    sync_timer_.async_wait([this](const boost::system::error_code& error) {
        if (error) return;
        is_sync_near_ = false;
        around_.folder.sync();
    });
}

net::Task<void> Rounds::take_in(Backlog::Name name) {
    auto fate = Fate::Stays;
    {
        Intake intake(around_, name.file);
        fate = co_await intake.run();
    }
    if (fate == Fate::Taken) sync_soon();
    if (fate == Fate::Stuck)
        backlog_.done_for_good(name);
    else
        backlog_.done(name);
    begin();
}

}  // namespace pickup
