// SIGHUP: another configuration, other log files, other listeners; the sessions stay.

#include "master/supervisor.h"

namespace master {

using process::Order;
using process::Role;

void Supervisor::reload(std::optional<std::uint64_t> ticket) {
    if (is_stopping()) {
        if (ticket) answer(*ticket, false, "the server is stopping");
        return;
    }
    if (ticket) reload_tickets_.push_back(*ticket);
    if (planning_) {
        reload_again_ = true;  // the file may have changed since it was read
        return;
    }
    planning_ = std::make_unique<Planning>(around_.context, remake_,
                                           [this](Planning::Outcome outcome) { take(std::move(outcome)); });
}

void Supervisor::take(Planning::Outcome outcome) {
    const auto finished = std::move(planning_);
    if (is_stopping()) return;
    if (std::exchange(reload_again_, false)) return reload();
    const std::string waiting = outcome ? needing_restart(plan_, *outcome) : "";
    auto applied = outcome ? apply(std::move(*outcome)) : std::unexpected(outcome.error());
    const std::string text = !applied          ? std::move(applied.error())
                             : waiting.empty() ? "reloaded"
                                               : "reloaded; needs a restart: " + waiting;
    if (applied)
        around_.log.event(logs::Event::Reloaded, {{"restart", waiting}});
    else
        record_problems(text);
    for (const auto ticket : std::exchange(reload_tickets_, {})) answer(ticket, applied.has_value(), text);
}

/// One event for each line.
void Supervisor::record_problems(std::string_view text) {
    while (!text.empty()) {
        const std::size_t length = std::min(text.find('\n'), text.size());
        around_.log.event(logs::Event::ReloadRefused, {{"reason", text.substr(0, length)}});
        text.remove_prefix(std::min(length + 1, text.size()));
    }
}

/// What processes were started with stays until the next start: users, their number, the directories.
std::expected<void, std::string> Supervisor::apply(Plan plan) {
    // There is nobody to accept what comes there (needing_restart() says so).
    if (!plan_.serves_pop3) std::erase_if(plan.listen, [](const Listen& one) { return one.role == Role::Pop3d; });
    if (plan_.acme_folder.empty())
        std::erase_if(plan.listen, [](const Listen& one) { return one.role == Role::Acmed; });
    auto bound = listeners_.use(plan.listen, plan_.workers);
    if (!bound) return bound;
    plan_.hostname = std::move(plan.hostname);
    plan_.config = std::move(plan.config);
    plan_.listen = std::move(plan.listen);
    plan_.key_files = std::move(plan.key_files);
    plan_.password_files = std::move(plan.password_files);
    plan_.issuers_file = std::move(plan.issuers_file);
    plan_.log = std::move(plan.log);
    plan_.events = std::move(plan.events);
    plan_.log_format = plan.log_format;
    plan_.stop_seconds = plan.stop_seconds;
    logs_ = open_logs(plan_);
    around_.log.replace(log_options(plan_));
    around_.log.replace(duplicates(logs_));
    if (Child* keyd = roster_.find(Role::Keyd, 0); keyd->line) {  // first, so that nobody asks for a key in vain
        send_secrets(*keyd);
        keyd->line->send({.kind = Order::Kind::SecretsComplete});
    }
    for (auto& child : roster_.all()) {  // before qmgr sends anything by a new route
        if (!child->line || child->role != Role::Relay) continue;
        send_secrets(*child);
        child->line->send({.kind = Order::Kind::SecretsComplete});
        send_config(*child);
    }
    for (auto& child : roster_.all()) {
        if (!child->line) continue;
        if (child->role != Role::Relay) send_config(*child);
        send_logs(*child);
        if (!serves_clients(child->role)) continue;
        send_listeners(*child);
        child->line->send({.kind = Order::Kind::ListenersComplete});
    }
    return {};
}

}  // namespace master
