#pragma once
// What pop3d reads of hermod.toml.

#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/client_rules.h"
#include "site/host.h"
#include "site/limits.h"
#include "site/listen.h"
#include "site/log_settings.h"
#include "site/login.h"
#include "site/pop3.h"
#include "site/tls.h"

namespace pop3d {

struct Config : site::Host {
    site::Limits limits;
    site::Pop3 pop3;
    site::LogSettings log;
    std::vector<site::Listen> listen;
    site::Tls tls;
    site::Login login;
    site::ClientRules client;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("limits", &Config::limits, site::limits_meaning),
                              setting("pop3", &Config::pop3, site::pop3_meaning),
                              setting("log", &Config::log, site::log_meaning),
                              setting("listen", &Config::listen, site::listen_meaning),
                              setting("tls", &Config::tls, site::tls_meaning),
                              setting("login", &Config::login, site::login_meaning),
                              setting("client", &Config::client, site::clients_meaning, site::client_rules_flaw),
                          });
}

}  // namespace pop3d
