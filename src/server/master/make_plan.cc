#include "master/make_plan.h"

#include <fmt/format.h>
#include <pwd.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace master {

namespace {

/// A user of that name, or the number.
Identity identity_of(const std::string& name, std::uint32_t number) {
    passwd entry{};
    passwd* found = nullptr;
    std::array<char, 16 * 1024> room;
    if (::getpwnam_r(name.c_str(), &entry, room.data(), room.size(), &found) == 0 && found && found->pw_uid != 0)
        return {found->pw_uid, found->pw_gid};
    return {number, number};
}

std::uint8_t workers(const Config& config) {
    if (config.process.workers > 0) return static_cast<std::uint8_t>(std::min(config.process.workers, 128u));
    cpu_set_t processors;
    const int count = ::sched_getaffinity(0, sizeof processors, &processors) == 0 ? CPU_COUNT(&processors) : 1;
    return static_cast<std::uint8_t>(std::clamp(count, 1, 128));
}

LogFile log_file(const Config& config, std::string path) {
    return {.path = std::move(path), .rotate_at = config.log.rotate_at, .rotations = config.log.rotations};
}

}  // namespace

Plan make_plan(const Config& config, std::string text) {
    Plan plan;
    plan.hostname = config.hostname;
    plan.config = std::move(text);
    plan.data_directory = config.data_directory;
    plan.queue_directory = site::queue_directory(config);
    plan.drop_directory = site::drop_directory(config);
    plan.directory_folder = site::directory_folder(config);
    plan.policy_folder = site::policy_folder(config);
    plan.lists_folder = site::lists_folder(config);
    plan.mail_directory = config.mail_directory;
    plan.control_socket = config.control_socket;
    for (std::uint32_t i = 0; i < config.listen.size(); ++i) {
        const auto role = site::is_pop3(config.listen[i])   ? process::Role::Pop3d
                          : site::is_http(config.listen[i]) ? process::Role::Httpd
                                                            : process::Role::Smtpd;
        plan.listen.push_back({i, config.listen[i].address, role});
    }
    plan.serves_http = std::ranges::any_of(config.listen, site::is_http);
    plan.serves_pop3 = std::ranges::any_of(config.listen, site::is_pop3);
    plan.asks_others = site::asks_others(config.login);
    plan.asks_issuer = site::asks_issuer(config.login.tokens);
    if (const auto& path = config.login.tokens.secret_file; !path.empty()) plan.token_secret_files.push_back(path);
    plan.policyd_is_for = site::what_needs_policyd(config);
    if (plan.policyd_is_for.empty() && config.srs.rewrite == site::SrsRewrite::Needed)
        plan.policyd_is_for = "srs.rewrite";
    plan.makes_srs_secret = config.srs.secret_file.empty() && config.srs.rewrite != site::SrsRewrite::Off;
    // Where nothing is rewritten any more, what was is still known by it.
    if (auto path = site::srs_secret_file(config.srs, config);
        plan.makes_srs_secret || !config.srs.secret_file.empty() || ::access(path.c_str(), F_OK) == 0)
        plan.srs_secret_file = std::move(path);
    for (const auto& key : config.dkim.known) plan.signing_key_files.push_back(key.file);
    for (const auto& one : site::all_keys(config.tls)) {
        plan.key_files.push_back(one.key);
        plan.certificate_files.push_back(one.certificate);
    }
    if (site::is_configured(config.acme)) {
        plan.acme_folder = site::acme_folder(config);
        for (std::uint32_t i = 0; i < config.acme.listen.size(); ++i)
            plan.listen.push_back({i, config.acme.listen[i], process::Role::Acmed});
    }
    plan.password_files = site::password_files(config.route);
    plan.issuers_file = config.relay.tls_issuers;
    plan.workers = workers(config);
    for (std::size_t role = 0; role < process::role_names.size(); ++role)
        plan.identities.push_back(identity_of(fmt::format("hermod-{}", process::role_names[role]),
                                              site::uid_of(config.process, static_cast<process::Role>(role))));
    plan.lists = identity_of("hermod-lists", site::lists_uid(config.process));
    plan.mail = {site::mail_uid(config.process), site::mail_uid(config.process)};
    plan.log = log_file(config, config.log.file);
    if (config.log.keep_events) plan.events = log_file(config, site::events_file(config, config.log));
    plan.log_format = static_cast<std::uint8_t>(config.log.format);
    plan.stop_seconds = static_cast<std::uint32_t>(config.process.stop_timeout.count());
    plan.open_files = config.process.open_files;
    return plan;
}

std::string needing_restart(const Plan& now, const Plan& next) {
    std::string names;
    for (const StartValue& changed : next.start_values) {
        if (std::ranges::find(now.start_values, changed) != now.start_values.end()) continue;
        names += (names.empty() ? "" : ", ") + changed.setting;
    }
    if (next.serves_http && !now.serves_http) names += (names.empty() ? "" : ", ") + std::string("listen (HTTP)");
    if (next.serves_pop3 && !now.serves_pop3) names += (names.empty() ? "" : ", ") + std::string("listen (POP3)");
    if (next.asks_others && !now.asks_others && !names.contains("login.system_users"))
        names += (names.empty() ? "" : ", ") + std::string("login.programs");
    if (!next.policyd_is_for.empty() && now.policyd_is_for.empty())
        names += (names.empty() ? "" : ", ") + next.policyd_is_for;
    return names;
}

}  // namespace master
