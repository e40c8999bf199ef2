#pragma once
// What the commands have in common on their command lines.

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>

namespace check {

/// --config FILE, else $HERMOD_CONFIG, else /etc/hermod/hermod.toml.
struct ConfigurationPath {
    // Not CLI's envname(): verbs share this, and those that were not called would put the environment's in its place.
    std::string path = of_environment();

    void add_to(CLI::App& app) {
        app.add_option("--config", path, "The configuration; else $HERMOD_CONFIG")->type_name("FILE");
    }
    static std::string of_environment();
};

/// Reads `arguments`, of which the first is the command's name. The exit status where the command is over already: 0
/// after --help, 2 for arguments it does not know.
std::optional<int> parse(CLI::App& app, std::span<char*> arguments);

}  // namespace check
