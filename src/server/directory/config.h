#pragma once
// What directory reads of hermod.toml.

#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/domains.h"
#include "site/host.h"
#include "site/listen.h"
#include "site/local.h"
#include "site/log_settings.h"
#include "site/processes.h"

namespace directory {

struct Config : site::Host {
    site::Domains domains;
    site::Local local;
    site::Processes process;
    site::LogSettings log;
    std::vector<site::Listen> listen;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(
        settings(static_cast<const site::Host*>(nullptr)),
        std::tuple{
            setting("domains", &Config::domains,
                    "The domains whose mail ends here, beside the host's own name: [domains.\"example.org\"]."),
            setting("local", &Config::local, "Mailboxes on this machine."),
            setting("process", &Config::process, "How many processes there are, and as whom they run."),
            setting("log", &Config::log, "Which lines are written, and where to."),
            setting("listen", &Config::listen, "Where clients come in; one table for each address."),
        });
}

}  // namespace directory
