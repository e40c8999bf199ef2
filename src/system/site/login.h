#pragma once
// [login]: how people prove who they are, and what becomes of those who cannot.

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "ip/address.h"
#include "sasl/mechanism.h"
#include "site/login_programs.h"
#include "site/login_tokens.h"
#include "text/ascii.h"

namespace sasl {

constexpr auto choices(Mechanism) {
    std::array<config::Choice<Mechanism>, mechanisms.size()> all{};
    for (std::size_t i = 0; i < all.size(); ++i) all[i] = {mechanisms[i].name, mechanisms[i].mechanism};
    return all;
}

}  // namespace sasl

namespace site {

struct Login {
    std::vector<sasl::Mechanism> mechanisms{sasl::Mechanism::External,    sasl::Mechanism::ScramSha256Plus,
                                            sasl::Mechanism::ScramSha256, sasl::Mechanism::OauthBearer,
                                            sasl::Mechanism::Xoauth2,     sasl::Mechanism::Plain,
                                            sasl::Mechanism::Login};
    LoginTokens tokens;
    bool system_users = false;
    std::string pam_service = "hermod";
    std::vector<LoginProgram> programs;
    std::chrono::seconds check_time{10};
    std::uint32_t checks = 2;
    std::uint32_t waiting = 100;
    std::chrono::seconds delay{1};
    std::chrono::seconds longest_delay{5};
    std::chrono::seconds window{3600};
    std::uint32_t failures_per_client = 10;
    std::uint32_t failures_per_network = 100;
    std::uint32_t failures_per_account = 30;
    std::chrono::seconds ban{600};
    std::chrono::seconds longest_ban{86'400};
    std::vector<ip::Network> exempt;
};

inline std::string pam_service_flaw(const std::string& name) {
    const auto is_plain = [](char c) { return text::is_alphanumeric(c) || c == '-' || c == '_'; };
    return !name.empty() && std::ranges::all_of(name, is_plain) ? "" : "write the name of a file in /etc/pam.d";
}

inline auto settings(const Login*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting(
            "mechanisms", &Login::mechanisms,
            "The SASL mechanisms offered, in this order. Those that bring the password itself (PLAIN, LOGIN) are "
            "offered in encrypted connections alone, those that bind the channel (-PLUS) where TLS has one to bind, "
            "EXTERNAL where the client has shown a certificate that is believed. CRAM-MD5 works for accounts whose "
            "password is kept as it is, and so does APOP, POP3's own command (RFC 1939 §7); SCRAM for those with the "
            "keys of it; OAUTHBEARER and XOAUTH2 are offered "
            "where [login.tokens] says whose tokens are believed. Users whom PAM or a program knows have neither: "
            "clients that insist on "
            "SCRAM where it is offered need a list without it."),
        setting("tokens", &Login::tokens, login_tokens_meaning),
        config::at_start(setting(
            "system_users", &Login::system_users,
            "Whether users of this system, those who receive mail here, log in by the passwords they have on it: PAM "
            "is asked, by authd(8), which only a server started by root can have read /etc/shadow. Root never logs "
            "in.")),
        setting("pam_service", &Login::pam_service,
                "By which file of /etc/pam.d. It says `auth` and `account`; \"@include common-auth\" and \"@include "
                "common-account\" do for most.",
                pam_service_flaw),
        config::at_start(setting(
            "programs", &Login::programs,
            "Programs that say whether a password is right, as checkpassword does; authd(8) runs them. They are asked "
            "before PAM is.")),
        setting("check_time", &Login::check_time,
                "How long PAM or a program may take; then it is ended, and the client hears 454 4.7.0.", {1s, 60s}),
        config::at_start(setting(
            "checks", &Login::checks,
            "Passwords checked at a time. Each takes a processor and some 20 MB for a moment, by design ([passwords]).",
            {1, 64})),
        config::at_start(setting(
            "waiting", &Login::waiting,
            "Passwords that may wait to be checked. More clients hear 454 4.7.0, and may come again.", {1, 10'000})),
        setting("delay", &Login::delay,
                "A failed login is answered so much later, the second from the same client twice as much, and so on.",
                {0s, 60s}),
        setting("longest_delay", &Login::longest_delay, "And never later than this.", {0s, 60s}),
        setting("window", &Login::window, "The time in which so many failures, steadily, are allowed.", {10s, 86'400s}),
        setting(
            "failures_per_client", &Login::failures_per_client,
            "Failed logins from a client, an IPv4 address or an IPv6 /64, before it is banned for a time (421 4.7.0). "
            "Each account that has logged in from there lately allows for as many again, so that an office where one "
            "device has an old password stays in.",
            {1, 1'000'000}),
        setting(
            "failures_per_network", &Login::failures_per_network,
            "The same for an IPv4 /24 or an IPv6 /48. Clients from which somebody has logged in are not banned with "
            "their neighbours.",
            {1, 1'000'000}),
        setting(
            "failures_per_account", &Login::failures_per_account,
            "Failed logins to one account, wherever they come from, before only one try in ten seconds is taken from "
            "clients that the account has not been used from lately; the others hear 454 4.7.0.",
            {1, 1'000'000}),
        setting(
            "ban", &Login::ban,
            "How long a ban lasts; each that follows within a day twice as long. `hermod ban lift` ends one before.",
            {1s, 86'400s}),
        setting("longest_ban", &Login::longest_ban, "And never longer than this.", {1s, 864'000s}),
        setting("exempt", &Login::exempt,
                "Networks that are never banned: a webmail server, from which everybody's failures come."),
    };
}

/// Whether there is anybody besides directory who says whether a password is right.
inline bool asks_others(const Login& login) { return login.system_users || !login.programs.empty(); }

/// Whether a mechanism is offered on a connection.
inline bool offers(const Login& login, sasl::Mechanism mechanism, sasl::Connection connection) {
    using enum sasl::Mechanism;
    const bool is_set = std::ranges::find(login.mechanisms, mechanism) != login.mechanisms.end();
    const bool is_token = mechanism == OauthBearer || mechanism == Xoauth2;
    return is_set && sasl::fits(mechanism, connection) && (!is_token || takes_tokens(login.tokens));
}

inline constexpr std::string_view login_meaning =
    "How people prove who they are, for submission and for reading their mail, and what becomes of those who cannot.";

}  // namespace site
