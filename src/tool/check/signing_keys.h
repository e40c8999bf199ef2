#pragma once
// The keys that sign mail: those that the configuration names, and those of `hermod dkim rotate`.

#include <expected>
#include <string>
#include <vector>

#include "config/node.h"
#include "config/problem.h"
#include "site/dkim.h"

namespace check {

/// What is public of them, which goes along with the configuration. A file that cannot be read, or that holds another
/// key than it is said to: problems. Keys are read by a child, which ends (elsewhere.h).
std::vector<site::DkimKey> take_in_signing_keys(config::Document& document, const std::string& folder,
                                                const site::Dkim& dkim, config::Problems& problems,
                                                config::Problems& warnings);

/// A configuration in use, with the keys as they are now, and their files. What cannot be read of them is as it was.
struct RenewedKeys {
    std::string configuration;
    std::vector<std::string> files;
    std::string trouble;  // what cannot be read, for an administrator; empty: nothing
};
std::expected<RenewedKeys, std::string> renew_signing_keys(const std::string& configuration);

}  // namespace check
