#include "check/arguments.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstdio>
#include <cstdlib>

#include "text/escape.h"

namespace check {
namespace {

int refuse(const CLI::App& app, const std::string& why) {
    fmt::print(stderr, "{}: {}; --help lists what it takes\n", app.get_name(), text::escaped(why));
    return 2;
}

}  // namespace

std::string ConfigurationPath::of_environment() {
    const char* const named = std::getenv("HERMOD_CONFIG");
    return named && *named ? named : "/etc/hermod/hermod.toml";
}

std::optional<int> parse(CLI::App& app, std::span<char*> arguments) {
    try {
        app.parse(static_cast<int>(arguments.size()), arguments.data());
    } catch (const CLI::ExtrasError&) {
        return refuse(app, fmt::format("not understood: {}", fmt::join(app.remaining(true), " ")));
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return refuse(app, error.what());
        return app.exit(error);
    }
    return std::nullopt;
}

}  // namespace check
