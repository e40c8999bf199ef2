#pragma once
// What relay reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/dns.h"
#include "site/host.h"
#include "site/log_settings.h"
#include "site/relay.h"
#include "site/route.h"

namespace relay {

struct Config : site::Host {
    site::Relay relay;
    site::Routes route;
    site::Dns dns;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("relay", &Config::relay, site::relay_meaning),
                              setting("route", &Config::route, site::routes_meaning, site::routes_flaw),
                              setting("dns", &Config::dns, site::dns_meaning),
                              setting("log", &Config::log, site::log_meaning),
                          });
}

}  // namespace relay
