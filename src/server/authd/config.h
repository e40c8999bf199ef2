#pragma once
// What authd reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/log_settings.h"
#include "site/login.h"

namespace authd {

struct Config {
    site::Login login;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple{
        setting("login", &Config::login, site::login_meaning),
        setting("log", &Config::log, site::log_meaning),
    };
}

}  // namespace authd
