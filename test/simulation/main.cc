// hermod_sim N [--seed S]: N runs from seed S on; prints every violation with the seed that shows it again. Exit status
// 1 when there was one. --trace tells what happens on the way. --until-violation stops at the first, and reports
// success: for binaries with a planted bug.

#include <fmt/format.h>

#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <string_view>

#include "scenario.h"

namespace {

struct Options {
    std::uint64_t count = 1000;
    std::uint64_t seed = 1;
    bool until_violation = false;
    bool trace = false;
    bool wants_help = false;
};

bool read_number(std::string_view text, std::uint64_t& number) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size();
}

std::optional<Options> read_options(int argc, char** argv) {
    Options options;
    for (int i = 1; i < argc; ++i) {
        const std::string_view argument = argv[i];
        if (argument == "--trace")
            options.trace = true;
        else if (argument == "--until-violation")
            options.until_violation = true;
        else if (argument == "--help" || argument == "-h")
            options.wants_help = true;
        else if (argument == "--seed" && i + 1 < argc) {
            if (!read_number(argv[++i], options.seed)) return std::nullopt;
        } else if (!read_number(argument, options.count) || options.count == 0)
            return std::nullopt;
    }
    return options;
}

int usage(std::FILE* out) {
    fmt::print(out,
               "usage: hermod_sim [N] [--seed S] [--trace] [--until-violation]\n\n"
               "  N                  how many runs; 1000\n"
               "  --seed S           the first seed; 1\n"
               "  --trace            tell what happens on the way\n"
               "  --until-violation  stop at the first violation, and call that success\n");
    return out == stdout ? 0 : 2;
}

}  // namespace

int main(int argc, char** argv) {
    const auto options = read_options(argc, argv);
    if (!options) return usage(stderr);
    if (options->wants_help) return usage(stdout);
    const auto& [count, seed, until_violation, trace, wants_help] = *options;
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
