#pragma once
// What smtpd reads of hermod.toml.

#include <array>
#include <chrono>
#include <cstdint>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/authentication.h"
#include "site/client_rules.h"
#include "site/host.h"
#include "site/limits.h"
#include "site/listen.h"
#include "site/log_settings.h"
#include "site/login.h"
#include "site/relay.h"
#include "site/submission.h"
#include "site/tls.h"
#include "smtp/data.h"

namespace smtp {

constexpr auto choices(BareNewline) {
    return std::array<config::Choice<BareNewline>, 2>{
        {{"reject", BareNewline::Reject}, {"normalize", BareNewline::Normalize}}};
}

}  // namespace smtp

namespace smtpd {

/// What becomes of a client that speaks before it is greeted.
enum class EarlyTalkers : std::uint8_t { HangUp, Refuse, Allow };
constexpr auto choices(EarlyTalkers) {
    using enum EarlyTalkers;
    return std::array<config::Choice<EarlyTalkers>, 3>{{{"hang_up", HangUp}, {"refuse", Refuse}, {"allow", Allow}}};
}

struct Smtp {
    smtp::BareNewline bare_newline = smtp::BareNewline::Reject;
    std::chrono::seconds command_timeout{300};
    std::chrono::seconds data_timeout{180};
    std::uint32_t data_rate = 500;
    std::chrono::seconds stress_timeout{10};
    std::uint32_t stress_rate = 2000;
    std::chrono::seconds greeting_pause{0};
    EarlyTalkers early_talkers = EarlyTalkers::HangUp;
    std::uint32_t tarpit_after = 9;
    std::chrono::seconds tarpit{1};
    std::chrono::seconds longest_tarpit{10};
    std::chrono::seconds session_time{0};
};

inline auto settings(const Smtp*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("bare_newline", &Smtp::bare_newline,
                "A line that ends in LF or CR alone inside a message: refused (550 5.5.2), or made CRLF. Either way it "
                "never ends the message, so that nobody can smuggle one in (RFC 5321 §2.3.8)."),
        setting("command_timeout", &Smtp::command_timeout,
                "To wait for the next command, all of it, and for a client to take our reply (RFC 5321 §4.5.3.2.7: 5 "
                "minutes).",
                {1s, 3600s}),
        setting("data_timeout", &Smtp::data_timeout,
                "To wait for the next piece of a message (RFC 5321 §4.5.3.2.5: 3 minutes).", {1s, 3600s}),
        setting(
            "data_rate", &Smtp::data_rate,
            "Octets a second that a message must bring on average, from data_timeout on: who sends an octet now and "
            "then keeps data_timeout, but holds a connection for days.",
            {1, 1'000'000}),
        setting("stress_timeout", &Smtp::stress_timeout,
                "In place of command_timeout and data_timeout while nine of ten connections are taken, for those who "
                "are connected already too.",
                {1s, 3600s}),
        setting("stress_rate", &Smtp::stress_rate, "In place of data_rate at such times.", {1, 1'000'000}),
        setting("greeting_pause", &Smtp::greeting_pause,
                "Strangers are greeted so much later (RFC 5321 §4.3.1: a client waits for the greeting). Programs made "
                "to send spam often do not wait. Not in times of stress, and not where one has to log in.",
                {0s, 30s}),
        setting("early_talkers", &Smtp::early_talkers,
                "What becomes of strangers who speak before they are greeted. \"hang_up\": 554 5.5.0 at once; "
                "\"refuse\": the same for each recipient, unless they log in first, so that the log has who wrote to "
                "whom; \"allow\"."),
        setting("tarpit_after", &Smtp::tarpit_after,
                "Refused commands between two messages, recipients who do not exist among them, before each further "
                "one is answered late.",
                {0, 10'000}),
        setting("tarpit", &Smtp::tarpit, "How late: the first by this, the second by twice this, and so on.",
                {0s, 60s}),
        setting("longest_tarpit", &Smtp::longest_tarpit, "And never later than this.", {0s, 60s}),
        setting(
            "session_time", &Smtp::session_time,
            "A connection is closed (421 4.4.2) between two commands once it has lasted so long. 0: never for that.",
            {0s, 86'400s}),
    };
}

struct Config : site::Host, site::Authentication {
    site::Limits limits;
    Smtp smtp;
    site::Relay relay;
    site::LogSettings log;
    std::vector<site::Listen> listen;
    site::ClientRules client;
    site::Tls tls;
    site::Login login;
    site::Submission submission;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("limits", &Config::limits, site::limits_meaning),
                              setting("smtp", &Config::smtp, "How it talks to clients."),
                              setting("relay", &Config::relay, site::relay_meaning),
                              setting("log", &Config::log, site::log_meaning),
                              setting("listen", &Config::listen, site::listen_meaning),
                              setting("client", &Config::client, site::clients_meaning, site::client_rules_flaw),
                              setting("tls", &Config::tls, site::tls_meaning),
                              setting("login", &Config::login, site::login_meaning),
                              setting("submission", &Config::submission, site::submission_meaning),
                          },
                          settings(static_cast<const site::Authentication*>(nullptr)));
}

}  // namespace smtpd
