#pragma once
// The configuration of those who bring mail in, as far as there is somebody to ask.

#include <string>

#include "config/load.h"
#include "site/authentication.h"

namespace submitter {

/// `has_policyd`: whether the server runs one, which is so from one start of it to the next. Where there was no use for
/// it then, a reload that names one asks for a restart, and until then nothing is asked of it.
template <typename Config>
Config load(const std::string& text, bool has_policyd) {
    auto config = config::load<Config>(text);
    if (!has_policyd) site::do_without_policyd(config);
    return config;
}

}  // namespace submitter
