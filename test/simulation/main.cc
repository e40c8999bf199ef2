// hermod_sim N [--seed S]: N runs from seed S on; prints every violation with the seed that shows it again. Exit status
// 1 when there was one. --trace tells what happens on the way. --until-violation stops at the first, and reports
// success: for binaries with a planted bug.

#include <fmt/format.h>

#include <chrono>
#include <cstdlib>
#include <string_view>

#include "scenario.h"

int main(int argc, char** argv) {
    std::uint64_t count = 1000;
    std::uint64_t seed = 1;
    bool until_violation = false;
    bool trace = false;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--seed" && i + 1 < argc)
            seed = std::strtoull(argv[++i], nullptr, 10);
        else if (argument == "--trace")
            trace = true;
        else if (argument == "--until-violation")
            until_violation = true;
        else
            count = std::strtoull(argv[i], nullptr, 10);
    }
    const auto start = std::chrono::steady_clock::now();
    std::uint64_t bad = 0;
    std::uint64_t crashes = 0;
    std::uint64_t messages = 0;
    std::uint64_t steps = 0;
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto result = simulation::run(seed + i, trace);
        crashes += result.crashes;
        messages += result.messages;
        steps += result.steps;
        if (result.violations.empty()) continue;
        ++bad;
        for (const auto& violation : result.violations) fmt::print("seed {}: {}\n", result.seed, violation);
        if (until_violation) {
            fmt::print("found after {} seeds\n", i + 1);
            return 0;
        }
    }
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
    fmt::print("{} seeds, {} messages, {} crashes, {} steps: {} seeds with violations; {:.0f} seeds/s\n", count,
               messages, crashes, steps, bad, static_cast<double>(count) / took.count());
    return (bad > 0) != until_violation ? 1 : 0;
}
