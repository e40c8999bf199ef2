#pragma once
// The whole configuration, as `hermod serve` and `hermod check` read it: every file, for every process, with everything
// it names. What passes here starts, where the system allows it: addresses may be taken, directories forbidden.

#include <expected>
#include <string>

#include "config/problem.h"
#include "config/schema.h"
#include "master/config.h"

namespace check {

struct Configuration {
    /// One TOML text for all processes: includes merged, the host's name and the lists of mailboxes filled in.
    std::string text;
    master::Config master;
    config::StartValues start_values;
    config::Problems warnings;  // it works, but is hardly meant so
};

/// All that is wrong, in the order of files and lines.
std::expected<Configuration, config::Problems> load_all(const std::string& path);

}  // namespace check
