#pragma once
// What admind reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/host.h"
#include "site/log_settings.h"

namespace admind {

struct Config : site::Host {
    site::LogSettings log;
};

inline auto settings(const Config*) {
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              config::setting("log", &Config::log, site::log_meaning),
                          });
}

}  // namespace admind
