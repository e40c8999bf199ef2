#pragma once
// The keys that sign mail: those that the configuration names, and those of `hermod dkim rotate`.

#include <vector>

#include "config/node.h"
#include "config/problem.h"
#include "site/dkim.h"

namespace check {

/// What is public of them, which goes along with the configuration. A file that cannot be read, or that holds another
/// key than it is said to: problems. Keys are read by a child, which ends (elsewhere.h).
std::vector<site::DkimKey> take_in_signing_keys(config::Document& document, const site::Host& host,
                                                const site::Dkim& dkim, config::Problems& problems,
                                                config::Problems& warnings);

}  // namespace check
