#pragma once
// What keyd reads of hermod.toml. Keys do not stand in it: master opens their files.

#include <tuple>

#include "config/setting.h"
#include "site/host.h"
#include "site/log_settings.h"

namespace keyd {

struct Config : site::Host {
    site::LogSettings log;
};

inline auto settings(const Config*) {
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{config::setting("log", &Config::log, site::log_meaning)});
}

}  // namespace keyd
