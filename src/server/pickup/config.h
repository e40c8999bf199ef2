#pragma once
// What pickup reads of hermod.toml.

#include <tuple>

#include "config/setting.h"
#include "site/authentication.h"
#include "site/host.h"
#include "site/limits.h"
#include "site/log_settings.h"

namespace pickup {

struct Config : site::Host, site::Authentication {
    site::Limits limits;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          settings(static_cast<const site::Authentication*>(nullptr)),
                          std::tuple{
                              setting("limits", &Config::limits, site::limits_meaning),
                              setting("log", &Config::log, site::log_meaning),
                          });
}

}  // namespace pickup
