#pragma once
// What master reads of hermod.toml; its plan is made from it before anything is started (tool/serve).

#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/acme.h"
#include "site/authentication.h"
#include "site/host.h"
#include "site/listen.h"
#include "site/log_settings.h"
#include "site/login.h"
#include "site/processes.h"
#include "site/relay.h"
#include "site/route.h"
#include "site/srs.h"
#include "site/tls.h"

namespace master {

struct Config : site::Host, site::Authentication {
    site::Processes process;
    site::LogSettings log;
    std::vector<site::Listen> listen;
    site::Tls tls;
    site::Acme acme;
    site::Login login;
    site::Relay relay;
    site::Routes route;
    site::Srs srs;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          settings(static_cast<const site::Authentication*>(nullptr)),
                          std::tuple{
                              setting("listen", &Config::listen, site::listen_meaning),
                              setting("tls", &Config::tls, site::tls_meaning),
                              setting("acme", &Config::acme, site::acme_meaning),
                              setting("login", &Config::login, site::login_meaning),
                              setting("relay", &Config::relay, site::relay_meaning),
                              setting("route", &Config::route, site::routes_meaning, site::routes_flaw),
                              setting("srs", &Config::srs, site::srs_meaning),
                              setting("process", &Config::process, site::process_meaning),
                              setting("log", &Config::log, site::log_meaning),
                          });
}

}  // namespace master
