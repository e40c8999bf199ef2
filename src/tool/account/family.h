#pragma once
// What every command of a family takes: `hermod account add`, `hermod account list`, …

#include <string>

#include "check/arguments.h"

namespace account {

struct Family {
    check::ConfigurationPath configuration;
    bool json = false;

    CLI::App* add_command(CLI::App& app, const char* name, const char* meaning) {
        auto* command = app.add_subcommand(name, meaning);
        configuration.add_to(*command);
        command->add_flag("--json", json, "Print JSON");
        return command;
    }
    /// One that reads a file of JSON lines.
    CLI::App* add_import(CLI::App& app, std::string& file) {
        auto* command = add_command(app, "import", "Add many, from JSON lines");
        command->add_option("FILE", file, "The file; -: standard input")->required();
        return command;
    }
};

}  // namespace account
