#pragma once
// What deliver reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/dns.h"
#include "site/host.h"
#include "site/local.h"
#include "site/log_settings.h"

namespace deliver {

struct Config : site::Host {
    site::Local local;
    site::Dns dns;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("local", &Config::local, site::local_meaning),
                              setting("dns", &Config::dns, site::dns_meaning),
                              setting("log", &Config::log, site::log_meaning),
                          });
}

}  // namespace deliver
