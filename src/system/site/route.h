#pragma once
// [[route]]: mail for some domains goes elsewhere than to their mail exchangers (RFC 5321 §5.1), perhaps to a server
// that wants us to log in (RFC 4954): a smarthost.
//
// Passwords do not stand in the configuration, which every process reads: master opens their files, for relay alone.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "sasl/mechanism.h"
#include "site/checks.h"
#include "site/relay.h"

namespace site {

struct Route {
    std::string domain;    // "example.net", ".example.net" (everything below it too), "*"
    std::string next_hop;  // "host[:port]", "smtps:host[:port]", "lmtp:host[:port]", "lmtp:/path", "mx", "discard",
                           // "error:5.1.2 text"
    std::optional<RelayTls> tls{};  // not set: as relay.tls says; with a login: verified
    std::string username{};         // empty: nobody logs in
    std::string password_file{};
    std::vector<std::string> mechanisms{};  // empty: all but CRAM-MD5
    bool login_in_clear = false;
    bool operator==(const Route&) const = default;
};
using Routes = std::vector<Route>;

/// What is wrong with a next hop, for people; nothing: it can be used.
std::optional<std::string> flaw_of_next_hop(std::string_view next_hop);

/// The destination key of mail to a domain that takes this route; see relay/inbox.h. Routes with the same key share
/// their connections, so who we are on them is part of it: "smtp:mail.example.net:587/verified as ann".
std::string destination_key(const Route& route, std::string_view domain);
/// The same without a route: the domain's mail exchangers.
std::string destination_key(std::string_view domain);

/// The files of passwords in the order in which master hands them to relay.
std::vector<std::string> password_files(const Routes& routes);
std::vector<sasl::Mechanism> login_mechanisms(const Route& route);

constexpr std::size_t longest_password = 1024;  // octets; and of the file, line end included

std::string next_hop_flaw(const std::string& next_hop);
std::string username_flaw(const std::string& name);
std::string mechanisms_flaw(const std::vector<std::string>& mechanisms);
/// What may not stand in one table, and in two.
std::string flaw(const Route& route);
std::string routes_flaw(const Routes& routes);

inline auto settings(const Route*) {
    using config::required, config::setting;
    return std::tuple{
        required(setting("domain", &Route::domain,
                         "Of the recipients: \"example.net\", \".example.net\" for everything below it too, \"*\" for "
                         "all. The first table that matches counts.",
                         domain_pattern_flaw)),
        required(
            setting("next_hop", &Route::next_hop,
                    "Where their mail goes: \"host\" or \"host:port\" by SMTP, \"smtps:host:465\" inside TLS, "
                    "\"lmtp:host:port\" or \"lmtp:/path\", "
                    "\"mx\" for the domain's own mail exchangers, \"discard\", or \"error:5.1.2 text\" to bounce it.",
                    next_hop_flaw)),
        setting("tls", &Route::tls,
                "How mail is encrypted on this route; not set: as relay.tls says, or, where we log in, \"verified\". "
                "See there."),
        setting("username", &Route::username,
                "As whom we log in at the next hop, which has to be a host reached by SMTP. Where that fails, a wrong "
                "password included, the mail waits. Empty: we do not log in.",
                username_flaw),
        setting(
            "password_file", &Route::password_file,
            "The file with the password, in one line; nobody but its owner may read it (mode 0600). Only relay sees "
            "what is in it. Read again with `hermod reload`.",
            absolute_path_or_empty_flaw),
        setting("mechanisms", &Route::mechanisms,
                "The ways of logging in that may be used; of those that the server offers, the first of "
                "SCRAM-SHA-256-PLUS, SCRAM-SHA-256, SCRAM-SHA-1-PLUS, SCRAM-SHA-1, CRAM-MD5, PLAIN and LOGIN. Empty: "
                "all of them but CRAM-MD5, by which whoever listens, or answers, can guess at the password.",
                mechanisms_flaw),
        setting("login_in_clear", &Route::login_in_clear,
                "Whether we log in also where the connection is not encrypted, so that whoever listens learns the "
                "password. For servers on this machine, and laboratories."),
    };
}

inline constexpr std::string_view routes_meaning =
    "Mail for these domains goes elsewhere than their mail exchangers: to a server of our own, or to a provider's, a "
    "smarthost, where we log in.";

}  // namespace site
