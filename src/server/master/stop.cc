// The orderly end: those at the edges finish what they are saying, then the core writes down what they reported.

#include "master/notify.h"
#include "master/supervisor.h"

namespace master {

using process::Order;
using process::Role;

namespace {
constexpr std::initializer_list<Role> edges{Role::Smtpd, Role::Pickup, Role::Relay, Role::Deliver};
constexpr std::initializer_list<Role> core{Role::Qmgr, Role::Directory, Role::Admind};
constexpr std::chrono::milliseconds for_the_core{600};  // kept of the whole time
}  // namespace

void Supervisor::stop(std::string_view reason) {
    if (phase_ != Phase::Running) return kill_all(edges), kill_all(core);
    around_.log.event(logs::Event::Stopping, {{"reason", reason}});
    tell_service_manager("STOPPING=1");
    phase_ = Phase::EdgesStop;
    planning_.reset();
    for (auto& child : roster_.all())
        if (child->pid == 0) child->timer.cancel();  // it is not started again
    order_stop(edges);
    stop_timer_.expires_after(std::chrono::seconds(plan_.stop_seconds) - for_the_core);
    stop_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) kill_all(edges);
    });
    proceed_with_stop();
}

void Supervisor::proceed_with_stop() {
    if (phase_ == Phase::EdgesStop && !roster_.any_running(edges)) {
        phase_ = Phase::CoreStops;
        order_stop(core);
        stop_timer_.expires_after(for_the_core);
        stop_timer_.async_wait([this](boost::system::error_code error) {
            if (!error) kill_all(core);
        });
    }
    if (phase_ == Phase::CoreStops && !roster_.any_running()) around_.context.stop();
}

void Supervisor::order_stop(std::initializer_list<Role> roles) {
    for (const Role role : roles)
        roster_.for_each(role, [](Child& child) {
            if (child.line) child.line->send({.kind = Order::Kind::Stop});
        });
}

void Supervisor::kill_all(std::initializer_list<Role> roles) {
    for (const Role role : roles) roster_.for_each(role, [this](Child& child) { kill(child); });
}

}  // namespace master
