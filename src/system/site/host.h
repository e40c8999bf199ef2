#pragma once
// This installation: its name and its places. The keys at the top of hermod.toml, before any [table].

#include <string>
#include <tuple>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

struct Host {
    std::string hostname;
    std::string data_directory = "/var/lib/hermod";
    std::string mail_directory = "/var/mail/hermod";
    std::string control_socket = "/run/hermod/control";
    std::string drop_directory;
    std::string postmaster;
};

inline auto settings(const Host*) {
    using config::setting;
    return std::tuple{
        setting(
            "hostname", &Host::hostname,
            "The name of this mail server: in greetings, trace fields and bounces, and a local domain by itself. Our "
            "address should resolve to it and back. Empty: the machine's own fully qualified name.",
            host_name_flaw),
        config::at_start(setting("data_directory", &Host::data_directory,
                                 "Everything Hermod keeps: the queue, its state, the directory, the event file.",
                                 absolute_path_flaw)),
        config::at_start(setting("mail_directory", &Host::mail_directory,
                                 "Mailboxes of virtual domains, as DOMAIN/LOCAL/ below it.", absolute_path_flaw)),
        config::at_start(setting(
            "control_socket", &Host::control_socket,
            "Where `hermod queue`, `status`, `reload` and `stop` reach the server. A server beside this one needs "
            "another.",
            absolute_path_flaw)),
        config::at_start(setting(
            "drop_directory", &Host::drop_directory,
            "Where `hermod sendmail` leaves messages, also while the server is down. Empty: drop below data_directory.",
            absolute_path_or_empty_flaw)),
        setting(
            "postmaster", &Host::postmaster,
            "Who reads mail for postmaster at our domains, which is always accepted (RFC 5321 §4.5.1): a user or an "
            "address. Empty: the mailbox postmaster of the domain where there is one, else the Maildir "
            "HOSTNAME/postmaster below mail_directory.",
            recipient_or_empty_flaw),
    };
}

/// data_directory/NAME.
std::string below(const Host& host, std::string_view name);
std::string queue_directory(const Host& host);
std::string drop_directory(const Host& host);
std::string acme_folder(const Host& host);
/// What policyd keeps: the list of senders, and what it counts for reports.
std::string policy_folder(const Host& host);
/// Where domains, accounts and aliases made by command are.
std::string directory_folder(const Host& host);
std::string directory_database(const Host& host);
/// Where mailing lists are.
std::string lists_folder(const Host& host);

}  // namespace site
