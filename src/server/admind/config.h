#pragma once
// What admind reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/host.h"
#include "site/log_settings.h"
#include "site/tls.h"

namespace admind {

struct Config : site::Host {
    site::LogSettings log;
    site::Tls tls;
};

inline auto settings(const Config*) {
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              config::setting("log", &Config::log, site::log_meaning),
                              config::setting("tls", &Config::tls, site::tls_meaning),
                          });
}

}  // namespace admind
