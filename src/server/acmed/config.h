#pragma once
// What acmed reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/acme.h"
#include "site/dns.h"
#include "site/host.h"
#include "site/log_settings.h"

namespace acmed {

struct Config : site::Host {
    site::Acme acme;
    site::Dns dns;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("acme", &Config::acme, site::acme_meaning),
                              setting("dns", &Config::dns, site::dns_meaning),
                              setting("log", &Config::log, site::log_meaning),
                          });
}

}  // namespace acmed
