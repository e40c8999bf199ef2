#pragma once
// What policyd reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/authentication.h"
#include "site/dns.h"
#include "site/host.h"
#include "site/log_settings.h"
#include "site/relay.h"
#include "site/srs.h"

namespace policyd {

struct Config : site::Host, site::Authentication {
    site::Srs srs;
    site::Relay relay;
    site::Dns dns;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          settings(static_cast<const site::Authentication*>(nullptr)),
                          std::tuple{
                              setting("srs", &Config::srs, site::srs_meaning),
                              setting("relay", &Config::relay, site::relay_meaning),
                              setting("dns", &Config::dns, site::dns_meaning),
                              setting("log", &Config::log, site::log_meaning),
                          });
}

}  // namespace policyd
