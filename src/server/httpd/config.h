#pragma once
// What httpd reads of hermod.toml.

#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/host.h"
#include "site/listen.h"
#include "site/log_settings.h"
#include "site/tls.h"

namespace httpd {

struct Config : site::Host {
    site::LogSettings log;
    std::vector<site::Listen> listen;
    site::Tls tls;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("log", &Config::log, site::log_meaning),
                              setting("listen", &Config::listen, site::listen_meaning),
                              setting("tls", &Config::tls, site::tls_meaning),
                          });
}

}  // namespace httpd
