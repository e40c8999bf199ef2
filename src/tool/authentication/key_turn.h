#pragma once
// The keys of all our domains, carried on by the server itself where dkim.rotate has it so: what `hermod dkim rotate`
// does by command. Called in a short-lived child of master's; it is policyd that looks at the DNS.

#include <chrono>
#include <cstddef>
#include <string>
#include <vector>

#include "master/make_plan.h"

namespace authentication {

struct KeyTurn {
    std::vector<master::KeyStep> steps;  // what was done
    std::string trouble;                 // what could not be, of which domains, for an administrator; empty: nothing
};

/// Where a turn ends: the next one goes on.
struct TurnBounds {
    std::size_t made = 8;  // keys: one of RSA may take seconds
    std::chrono::milliseconds time{10'000};
};

/// `configuration`: its text. A domain that a command is at is left to it, and one that is in trouble holds up no
/// other.
KeyTurn turn_keys(const std::string& configuration, const std::vector<master::Sighting>& seen, TurnBounds bounds = {});

}  // namespace authentication
