#pragma once
// What runner reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/acme.h"
#include "site/local.h"
#include "site/log_settings.h"

namespace runner {

struct Config {
    site::Local local;
    site::Acme acme;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple{
        setting("local", &Config::local, site::local_meaning),
        setting("acme", &Config::acme, site::acme_meaning),
        setting("log", &Config::log, site::log_meaning),
    };
}

}  // namespace runner
