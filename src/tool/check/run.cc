#include "check/run.h"

#include <fmt/format.h>

#include <cstdio>

#include "check/arguments.h"
#include "check/load_all.h"
#include "check/rounds.h"
#include "config/node.h"

namespace check {
namespace {

std::string json_text(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') out += '\\';
        if (c >= '\0' && c < ' ')
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out + "\"";
}

std::string to_json(const config::Problems& problems) {
    std::string out;
    for (const auto& one : problems)
        out += fmt::format(R"({}{{"file": {}, "line": {}, "column": {}, "key": {}, "problem": {}, "remedy": {}}})",
                           out.empty() ? "" : ", ", json_text(one.file), one.line, one.column, json_text(one.key),
                           json_text(one.problem), json_text(one.remedy));
    return "[" + out + "]";
}

void print(const config::Problems& problems, std::string_view kind) {
    for (const auto& problem : problems) fmt::print(stderr, "{}{}\n", config::to_text(problem), kind);
}

int report_json(const config::Problems& problems, const config::Problems& warnings) {
    fmt::print("{{\"ok\": {}, \"problems\": {}, \"warnings\": {}}}\n", problems.empty(), to_json(problems),
               to_json(warnings));
    return problems.empty() ? 0 : 2;
}

config::Problem unread(const std::string& why) {
    return {.file = {},
            .line = 0,
            .column = 0,
            .key = "data_directory",
            .problem = "the directory cannot be read: " + why,
            .remedy = "what was made by command is not checked"};
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app("Validates the configuration and everything it names.", "hermod check");
    ConfigurationPath configuration;
    bool json = false;
    configuration.add_to(app);
    app.add_flag("--json", json, "Print what was found as JSON");
    if (const auto status = parse(app, arguments)) return *status;

    const auto loaded = load_all(configuration.path);
    config::Problems problems, warnings;
    if (loaded) {
        DirectoryRecords records(loaded->master);
        warnings = loaded->warnings;
        if (!records.unreadable().empty()) warnings.push_back(unread(records.unreadable()));
        // The server would start with mail that goes round, and refuse it; that is hardly what anybody wants.
        problems = find_rounds(loaded->text, records);
    } else {
        problems = loaded.error();
    }
    if (json) return report_json(problems, warnings);
    print(warnings, " (warning)");
    print(problems, "");
    if (!problems.empty()) return 2;
    fmt::print("{} is in order\n", configuration.path);
    return 0;
}

}  // namespace check
