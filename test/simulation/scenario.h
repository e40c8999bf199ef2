#pragma once
// One run by seed: a few minutes to weeks in the life of a machine on which everything goes wrong, then calm weather
// until the queue is empty, then the verdict.

#include <cstdint>
#include <string>
#include <vector>

namespace simulation {

struct Result {
    std::uint64_t seed = 0;
    std::vector<std::string> violations;
    std::uint64_t steps = 0;
    std::uint64_t crashes = 0;
    std::uint64_t messages = 0;
};

/// `trace` tells on standard output what happens, event by event.
Result run(std::uint64_t seed, bool trace = false);

}  // namespace simulation
