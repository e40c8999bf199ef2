#pragma once
// What tokend reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/dns.h"
#include "site/log_settings.h"
#include "site/login.h"

namespace tokend {

struct Config {
    site::Login login;
    site::Dns dns;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple{
        setting("login", &Config::login, site::login_meaning),
        setting("dns", &Config::dns, site::dns_meaning),
        setting("log", &Config::log, site::log_meaning),
    };
}

}  // namespace tokend
