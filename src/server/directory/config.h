#pragma once
// What directory reads of hermod.toml.

#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/account_sources.h"
#include "site/aliases.h"
#include "site/bans.h"
#include "site/domains.h"
#include "site/host.h"
#include "site/listen.h"
#include "site/local.h"
#include "site/log_settings.h"
#include "site/login.h"
#include "site/passwords.h"
#include "site/processes.h"
#include "site/reflector.h"
#include "site/srs.h"
#include "site/submission.h"

namespace directory {

struct Config : site::Host, site::Addressing {
    site::Domains domains;
    site::Local local;
    site::Passwords passwords;
    site::Processes process;
    site::LogSettings log;
    std::vector<site::Listen> listen;
    site::Login login;
    site::Bans bans;
    site::Submission submission;
    site::AccountSources accounts;
    site::Srs srs;
    site::Reflector reflector;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          settings(static_cast<const site::Addressing*>(nullptr)),
                          std::tuple{
                              setting("domains", &Config::domains, site::domains_meaning, site::domains_flaw),
                              setting("local", &Config::local, site::local_meaning),
                              setting("passwords", &Config::passwords, site::passwords_meaning),
                              setting("process", &Config::process, site::process_meaning),
                              setting("log", &Config::log, site::log_meaning),
                              setting("listen", &Config::listen, site::listen_meaning),
                              setting("login", &Config::login, site::login_meaning),
                              setting("bans", &Config::bans, site::bans_meaning),
                              setting("submission", &Config::submission, site::submission_meaning),
                              setting("srs", &Config::srs, site::srs_meaning),
                              setting("reflector", &Config::reflector, site::reflector_meaning),
                              config::at_start(setting("accounts", &Config::accounts, site::account_sources_meaning,
                                                       site::account_sources_flaw)),
                          });
}

}  // namespace directory
