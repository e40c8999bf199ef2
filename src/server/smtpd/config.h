#pragma once
// What smtpd reads of hermod.toml.

#include <array>
#include <chrono>
#include <cstdint>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/host.h"
#include "site/limits.h"
#include "site/listen.h"
#include "site/log_settings.h"
#include "site/loops.h"
#include "site/relay.h"
#include "smtp/data.h"

namespace smtp {

constexpr auto choices(BareNewline) {
    return std::array<config::Choice<BareNewline>, 2>{
        {{"reject", BareNewline::Reject}, {"normalize", BareNewline::Normalize}}};
}

}  // namespace smtp

namespace smtpd {

struct Smtp {
    smtp::BareNewline bare_newline = smtp::BareNewline::Reject;
    std::chrono::seconds command_timeout{300};
    std::chrono::seconds data_timeout{180};
    std::chrono::seconds stress_timeout{10};
};

inline auto settings(const Smtp*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("bare_newline", &Smtp::bare_newline,
                "A line that ends in LF or CR alone inside a message: refused (550 5.5.2), or made CRLF. Either way it "
                "never ends the message, so that nobody can smuggle one in (RFC 5321 §2.3.8)."),
        setting("command_timeout", &Smtp::command_timeout,
                "To wait for the next command, and for a client to take our reply (RFC 5321 §4.5.3.2.7: 5 minutes).",
                {1s, 3600s}),
        setting("data_timeout", &Smtp::data_timeout,
                "To wait for the next piece of a message (RFC 5321 §4.5.3.2.5: 3 minutes).", {1s, 3600s}),
        setting("stress_timeout", &Smtp::stress_timeout,
                "In place of command_timeout while nine of ten connections are taken.", {1s, 3600s}),
    };
}

struct Config : site::Host {
    site::Limits limits;
    Smtp smtp;
    site::Relay relay;
    site::Loops loops;
    site::LogSettings log;
    std::vector<site::Listen> listen;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("limits", &Config::limits, site::limits_meaning),
                              setting("smtp", &Config::smtp, "How it talks to clients."),
                              setting("relay", &Config::relay, site::relay_meaning),
                              setting("loops", &Config::loops, site::loops_meaning),
                              setting("log", &Config::log, site::log_meaning),
                              setting("listen", &Config::listen, site::listen_meaning),
                          });
}

}  // namespace smtpd
