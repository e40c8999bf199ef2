#pragma once
// What reader reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/host.h"
#include "site/log_settings.h"
#include "site/pop3.h"

namespace reader {

struct Config : site::Host {
    site::Pop3 pop3;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("pop3", &Config::pop3, site::pop3_meaning),
                              setting("log", &Config::log, site::log_meaning),
                          });
}

}  // namespace reader
