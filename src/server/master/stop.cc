// The orderly end, in rounds. qmgr hears at once that nothing more is to be given out; those at the edges finish what
// they are saying; then qmgr writes down what they reported, and last go those whom it may ask until then.

#include <fmt/format.h>

#include "master/notify.h"
#include "master/supervisor.h"

namespace master {

using process::Order;
using process::Role;

namespace {

using Roles = std::initializer_list<Role>;
constexpr Roles edges{Role::Smtpd, Role::Pop3d, Role::Pickup, Role::Relay, Role::Deliver, Role::Acmed, Role::Httpd};
constexpr Roles queue{Role::Qmgr};
constexpr Roles asked_to_the_last{Role::Directory, Role::Admind, Role::Runner, Role::Reader,
                                  Role::Keyd,      Role::Authd,  Role::Tokend, Role::Policyd};
constexpr std::array<Roles, stop_rounds> rounds{edges, queue, asked_to_the_last};

// `timeout hermod serve`, and an interrupt at a terminal, reach us twice: as one process, and as one of a group.
constexpr std::chrono::seconds same_signal{1};

}  // namespace

void Supervisor::stop(std::string_view reason) {
    if (is_stopping()) return end_at_once();
    around_.log.event(logs::Event::Stopping, {{"reason", reason}});
    tell_service_manager("STOPPING=1");
    stop_began_ = Child::Clock::now();
    stop_times_ = stop_times(std::chrono::seconds(plan_.stop_seconds));
    planning_.reset();
    for (auto& child : roster_.all())
        if (child->pid == 0) child->timer.cancel();  // it is not started again
    for (const auto roles : {queue, asked_to_the_last}) order(roles, {.kind = Order::Kind::Closing});
    begin_round(0);
    proceed_with_stop();
}

void Supervisor::begin_round(std::size_t round) {
    round_ = round;
    const auto [until, leave] = stop_times_[round];
    const auto time = *stop_began_ + until - leave - Child::Clock::now();
    const auto left = std::max<std::int64_t>(std::chrono::floor<std::chrono::milliseconds>(time).count(), 0);
    order(rounds[round], {.kind = Order::Kind::Stop, .milliseconds = static_cast<std::uint32_t>(left)});
    stop_timer_.expires_at(*stop_began_ + until);
    stop_timer_.async_wait([this, round](boost::system::error_code error) {
        if (error) return;
        for (const Role role : rounds[round]) roster_.for_each(role, [this](Child& child) { kill_late(child); });
    });
}

void Supervisor::proceed_with_stop() {
    while (!roster_.any_running(rounds[round_])) {
        if (round_ + 1 == rounds.size()) return around_.context.stop();
        begin_round(round_ + 1);
    }
}

void Supervisor::order(std::initializer_list<Role> roles, const Order& what) {
    for (const Role role : roles)
        roster_.for_each(role, [&](Child& child) {
            if (child.line) child.line->send(what);
        });
}

void Supervisor::kill_late(Child& child) {
    if (child.pid <= 0) return;
    const auto reason = fmt::format("{}/{} did not end in time, and is killed", name(child.role), child.index);
    around_.log.event(logs::Event::Warning, {{"reason", reason}});
    child.is_killed = true;
    kill(child);
}

void Supervisor::end_at_once() {
    if (Child::Clock::now() - *stop_began_ < same_signal) return;
    around_.log.event(logs::Event::Warning, {{"reason", "told to stop a second time: ending at once"}});
    for (auto& child : roster_.all()) {
        child->is_killed = true;
        kill(*child);
    }
}

}  // namespace master
