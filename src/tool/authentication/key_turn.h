#pragma once
// The keys of all our domains, carried on by the server itself where dkim.rotate has it so: what `hermod dkim rotate`
// does by command. Called in a short-lived child of master's; it is policyd that looks at the DNS.

#include <expected>
#include <string>
#include <vector>

#include "master/make_plan.h"

namespace authentication {

/// `configuration`: its text. What was done. A domain that a command is at is left to it. The error is for an
/// administrator; what was done before it stays done.
std::expected<std::vector<master::KeyStep>, std::string> turn_keys(const std::string& configuration,
                                                                   const std::vector<master::Sighting>& seen);

}  // namespace authentication
