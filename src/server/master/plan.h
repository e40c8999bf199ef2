#pragma once
// What master does, as data: made from the configuration before anything is started, and again at SIGHUP by a process
// of its own, so that master itself reads no text from outside.

#include <array>
#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "ip/address.h"
#include "process/process.h"

namespace master {

/// A listening address: number `index` of the [[listen]] tables, for the processes of one role; or of acme.listen.
struct Listen {
    std::uint32_t index = 0;
    ip::Endpoint address;
    process::Role role = process::Role::Smtpd;
    bool operator==(const Listen&) const = default;
};
constexpr auto fields(const Listen*) { return std::tuple{&Listen::index, &Listen::address, &Listen::role}; }

/// Who a process runs as, when started by root.
struct Identity {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    bool operator==(const Identity&) const = default;
};
constexpr auto fields(const Identity*) { return std::tuple{&Identity::uid, &Identity::gid}; }

/// A file that lines are appended to; rotated at start and at SIGHUP.
struct LogFile {
    std::string path;             // empty: none
    std::uint64_t rotate_at = 0;  // octets; 0: never
    std::uint32_t rotations = 0;
    bool operator==(const LogFile&) const = default;
};
constexpr auto fields(const LogFile*) { return std::tuple{&LogFile::path, &LogFile::rotate_at, &LogFile::rotations}; }

/// What a running server keeps as it is: a setting by its full name, and its value as TOML.
struct StartValue {
    std::string setting;
    std::string value;
    bool operator==(const StartValue&) const = default;
};
constexpr auto fields(const StartValue*) { return std::tuple{&StartValue::setting, &StartValue::value}; }

/// What was done with a key that signs mail.
struct KeyStep {
    std::string name;  // of its record
    std::string step;  // "signs from now on"; empty: it was made, and `record` is to be published
    std::string record;
    bool operator==(const KeyStep&) const = default;
};
constexpr auto fields(const KeyStep*) { return std::tuple{&KeyStep::name, &KeyStep::step, &KeyStep::record}; }

struct Plan {
    std::string hostname;
    std::string config;  // the whole, for the processes
    std::string data_directory;
    std::string queue_directory;
    std::string drop_directory;
    std::string directory_folder;
    std::string lists_folder;
    std::string mail_directory;
    std::string policy_folder;
    std::string acme_folder;  // empty: there is no acmed
    std::string control_socket;
    std::vector<Listen> listen;
    std::vector<std::string> key_files;          // private keys, opened for keyd alone
    std::vector<std::string> signing_key_files;  // likewise: those that sign mail
    std::vector<std::string> certificate_files;
    std::vector<std::string> password_files;      // ours at other servers, opened for relay alone
    std::vector<std::string> token_secret_files;  // ours at who issues tokens, opened for tokend alone
    std::string srs_secret_file;                  // of rewritten senders, opened for directory alone; empty: none
    bool makes_srs_secret = false;                // where it is missing
    std::string issuers_file;                     // whom relay trusts; empty: nobody
    std::uint8_t workers = 1;                     // smtpd, and as many relay and pop3d
    bool serves_http = false;                     // otherwise there is no httpd
    bool serves_pop3 = false;                     // otherwise there is no pop3d, and no reader
    bool asks_others = false;                     // about passwords; otherwise there is no authd
    bool asks_issuer = false;                     // of tokens; otherwise there is no tokend
    std::string policyd_is_for;                   // settings that need it; empty: there is no policyd
    std::vector<Identity> identities;             // by Role
    Identity mail;                                // owns mail_directory
    Identity lists;                               // owns lists_folder
    LogFile log;                                  // without a path: standard error
    LogFile events;
    std::uint8_t log_format = 0;  // logs::Format
    std::uint32_t stop_seconds = 5;
    std::uint32_t open_files = 65'536;
    std::vector<StartValue> start_values;
    std::vector<KeyStep> key_steps;  // of a turn of the signing keys
    std::string key_trouble;         // of the same: what could not be done; empty: nothing
    bool operator==(const Plan&) const = default;

    Identity identity(process::Role role) const { return identities.at(std::to_underlying(role)); }
    std::uint8_t count(process::Role role) const {
        using process::Role;
        if (role == Role::Pop3d) return serves_pop3 ? workers : 0;
        if (role == Role::Reader) return serves_pop3 ? 1 : 0;
        if (role == Role::Httpd) return serves_http ? 1 : 0;
        if (role == Role::Acmed) return acme_folder.empty() ? 0 : 1;
        if (role == Role::Authd) return asks_others ? 1 : 0;
        if (role == Role::Tokend) return asks_issuer ? 1 : 0;
        if (role == Role::Policyd) return policyd_is_for.empty() ? 0 : 1;
        return role == Role::Smtpd || role == Role::Relay ? workers : 1;
    }
    /// A bit for each role that there are processes of.
    std::uint32_t roles() const {
        std::uint32_t bits = 0;
        for (std::size_t role = 0; role < process::role_names.size(); ++role)
            if (count(static_cast<process::Role>(role)) != 0) bits |= 1u << role;
        return bits;
    }
};
constexpr auto fields(const Plan*) {
    return std::tuple{&Plan::hostname,
                      &Plan::config,
                      &Plan::data_directory,
                      &Plan::queue_directory,
                      &Plan::drop_directory,
                      &Plan::directory_folder,
                      &Plan::lists_folder,
                      &Plan::mail_directory,
                      &Plan::policy_folder,
                      &Plan::acme_folder,
                      &Plan::control_socket,
                      &Plan::listen,
                      &Plan::key_files,
                      &Plan::signing_key_files,
                      &Plan::certificate_files,
                      &Plan::password_files,
                      &Plan::token_secret_files,
                      &Plan::srs_secret_file,
                      &Plan::makes_srs_secret,
                      &Plan::issuers_file,
                      &Plan::workers,
                      &Plan::serves_http,
                      &Plan::serves_pop3,
                      &Plan::asks_others,
                      &Plan::asks_issuer,
                      &Plan::policyd_is_for,
                      &Plan::identities,
                      &Plan::mail,
                      &Plan::lists,
                      &Plan::log,
                      &Plan::events,
                      &Plan::log_format,
                      &Plan::stop_seconds,
                      &Plan::open_files,
                      &Plan::start_values,
                      &Plan::key_steps,
                      &Plan::key_trouble};
}

/// Whether it has listening sockets of its own.
constexpr bool serves_clients(process::Role role) {
    using process::Role;
    return role == Role::Smtpd || role == Role::Pop3d || role == Role::Acmed || role == Role::Httpd;
}

/// "process.workers, dns.resolver": what `next` would have otherwise, had the server been started with it.
std::string needing_restart(const Plan& now, const Plan& next);

/// Loads and checks the configuration anew: a plan, or what is wrong with it, for people.
using PlanMaker = std::function<std::expected<Plan, std::string>()>;

/// What policyd found of a record that is awaited.
struct Sighting {
    std::uint64_t number = 0;  // signing_keys::number_of()
    bool is_there = false;
};

/// The same configuration, with the signing keys carried on as far as they can be, by what was seen; or why nothing
/// was done.
using KeyTurner = std::function<std::expected<Plan, std::string>(Plan, const std::vector<Sighting>&)>;

/// The same configuration, with what its certificate files say now; or why one of them cannot be used with its key.
using CertificateReader = std::function<std::expected<Plan, std::string>(Plan)>;

}  // namespace master
