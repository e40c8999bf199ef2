#pragma once
// What relay reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/dns.h"
#include "site/host.h"
#include "site/log_settings.h"
#include "site/relay.h"

namespace relay {

struct Config : site::Host {
    site::Relay relay;
    site::Dns dns;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(
        settings(static_cast<const site::Host*>(nullptr)),
        std::tuple{
            setting("relay", &Config::relay, "Who may send through us to others, and how we talk to them."),
            setting("dns", &Config::dns, "Whom to ask for mail exchangers and addresses."),
            setting("log", &Config::log, "Which lines are written, and where to."),
        });
}

}  // namespace relay
