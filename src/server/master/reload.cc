// SIGHUP: another configuration, other log files, other listeners; the sessions stay. Certificates whose files change
// are taken without it.

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
    planning_ = std::make_unique<Planning>(around_.context, readers_.plan,
                                           [this](Planning::Outcome outcome) { take(std::move(outcome)); });
}

void Supervisor::renew_certificates() {
    if (is_stopping() || plan_.certificate_files.empty()) return;
    if (planning_) {
        renew_again_ = true;
        return;
    }
    planning_ = std::make_unique<Planning>(
        around_.context, [this] { return readers_.certificates(plan_); },
        [this](Planning::Outcome outcome) { take_certificates(std::move(outcome)); });
}

void Supervisor::plan_next() {
    if (std::exchange(reload_again_, false)) return reload();
    if (std::exchange(renew_again_, false)) renew_certificates();
    if (!planning_ && turn_again_) turn_keys();
}

void Supervisor::take(Planning::Outcome outcome) {
    const auto finished = std::move(planning_);
    if (is_stopping()) return;
    if (reload_again_) return plan_next();
    const std::string waiting = outcome ? needing_restart(plan_, *outcome) : "";
    auto applied = outcome ? apply(std::move(*outcome)) : std::unexpected(outcome.error());
    const std::string text = !applied          ? std::move(applied.error())
                             : waiting.empty() ? "reloaded"
                                               : "reloaded; needs a restart: " + waiting;
    if (applied)
        around_.log.event(logs::Event::Reloaded, {{"restart", waiting}});
    else
        record_problems(text);
    turn_again_ = turn_again_ || !applied;  // a key that was revoked signs no more, whatever else is wrong
    for (const auto ticket : std::exchange(reload_tickets_, {})) answer(ticket, applied.has_value(), text);
    plan_next();
}

/// Of what else stands in the configuration file by now, nothing is taken.
void Supervisor::take_certificates(Planning::Outcome outcome) {
    const auto finished = std::move(planning_);
    if (is_stopping()) return;
    if (!outcome && outcome.error() != certificate_trouble_)
        around_.log.event(logs::Event::CertificatesKept, {{"reason", outcome.error()}});
    certificate_trouble_ = outcome ? "" : outcome.error();
    if (outcome && outcome->config != plan_.config) {
        plan_.config = std::move(outcome->config);
        send_configuration();
        around_.log.event(logs::Event::CertificatesRenewed, {});
    }
    plan_next();
}

/// Hostile, as key_looks.h has it.
void Supervisor::note_record(const process::Note& note) {
    if (note.kind != process::Note::Kind::RecordsLooked)
        return key_looks_.note({note.ticket, note.kind == process::Note::Kind::RecordSeen});
    key_timer_.expires_at(key_looks_.end(Child::Clock::now()));
    key_timer_.async_wait([this](boost::system::error_code error) {
        if (!error) turn_keys();
    });
}

void Supervisor::turn_keys() {
    if (is_stopping()) return;
    turn_again_ = planning_ != nullptr;
    if (planning_) return;
    planning_ = std::make_unique<Planning>(
        around_.context, [this, seen = key_looks_.take(Child::Clock::now())] { return readers_.keys(plan_, seen); },
        [this](Planning::Outcome outcome) { take_keys(std::move(outcome)); });
}

/// As with certificates, of what else stands in the configuration file by now nothing is taken.
void Supervisor::take_keys(Planning::Outcome outcome) {
    const auto finished = std::move(planning_);
    if (is_stopping()) return;
    const auto trouble = outcome ? outcome->key_trouble : outcome.error();
    if (!trouble.empty() && trouble != key_trouble_)
        around_.log.event(logs::Event::SigningKeysKept, {{"reason", trouble}});
    key_trouble_ = trouble;
    if (outcome)
        for (const auto& [name, step, record] : outcome->key_steps)
            around_.log.event(step.empty() ? logs::Event::SigningKeyMade : logs::Event::SigningKeyChanged,
                              {{"name", name}, {"step", step}, {"record", record}});
    if (outcome && outcome->config != plan_.config) {
        plan_.config = std::move(outcome->config);
        plan_.signing_key_files = std::move(outcome->signing_key_files);
        send_configuration();
    }
    plan_next();
}

void Supervisor::watch_certificates() {
    auto files = plan_.certificate_files;
    files.insert(files.end(), plan_.key_files.begin(), plan_.key_files.end());
    certificates_.use(std::move(files));
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
    if (!plan_.serves_http) std::erase_if(plan.listen, [](const Listen& one) { return one.role == Role::Httpd; });
    if (!plan_.serves_pop3) std::erase_if(plan.listen, [](const Listen& one) { return one.role == Role::Pop3d; });
    if (plan_.acme_folder.empty())
        std::erase_if(plan.listen, [](const Listen& one) { return one.role == Role::Acmed; });
    auto bound = listeners_.use(plan.listen, plan_.workers);
    if (!bound) return bound;
    plan_.hostname = std::move(plan.hostname);
    plan_.config = std::move(plan.config);
    plan_.listen = std::move(plan.listen);
    plan_.key_files = std::move(plan.key_files);
    plan_.signing_key_files = std::move(plan.signing_key_files);
    plan_.certificate_files = std::move(plan.certificate_files);
    plan_.password_files = std::move(plan.password_files);
    plan_.token_secret_files = std::move(plan.token_secret_files);
    plan_.srs_secret_file = std::move(plan.srs_secret_file);
    plan_.makes_srs_secret = plan.makes_srs_secret;
    plan_.issuers_file = std::move(plan.issuers_file);
    plan_.log = std::move(plan.log);
    plan_.events = std::move(plan.events);
    plan_.log_format = plan.log_format;
    plan_.stop_seconds = plan.stop_seconds;
    key_looks_.hurry();
    logs_ = open_logs(plan_);
    around_.log.replace(log_options(plan_));
    around_.log.replace(duplicates(logs_));
    send_configuration();
    for (auto& child : roster_.all()) {
        if (!child->line) continue;
        send_logs(*child);
        if (!serves_clients(child->role)) continue;
        send_listeners(*child);
        child->line->send({.kind = Order::Kind::ListenersComplete});
    }
    watch_certificates();
    return {};
}

void Supervisor::send_configuration() {
    const auto renew_secrets = [this](Child& child) {
        send_secrets(child);
        child.line->send({.kind = Order::Kind::SecretsComplete});
    };
    if (Child* keyd = roster_.find(Role::Keyd, 0); keyd->line) renew_secrets(*keyd);  // or a key is asked for in vain
    for (auto& child : roster_.all()) {  // before qmgr sends anything by a new route
        if (!child->line || child->role != Role::Relay) continue;
        renew_secrets(*child);
        send_config(*child);
    }
    for (const Role role : {Role::Tokend, Role::Directory})
        if (Child* child = roster_.find(role, 0); child && child->line) renew_secrets(*child);
    for (auto& child : roster_.all())
        if (child->line && child->role != Role::Relay) send_config(*child);
}

}  // namespace master
