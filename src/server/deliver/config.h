#pragma once
// What deliver reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/host.h"
#include "site/local.h"
#include "site/log_settings.h"
#include "site/loops.h"
#include "site/processes.h"

namespace deliver {

struct Config : site::Host {
    site::Local local;
    site::Loops loops;
    site::Processes process;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(
        settings(static_cast<const site::Host*>(nullptr)),
        std::tuple{
            setting("local", &Config::local, "Mailboxes on this machine."),
            setting("loops", &Config::loops, "What happens to mail that goes in circles."),
            setting("process", &Config::process, "How many processes there are, and as whom they run."),
            setting("log", &Config::log, "Which lines are written, and where to."),
        });
}

}  // namespace deliver
