#include "check/run.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <iterator>

#include "check/account_sources.h"
#include "check/arguments.h"
#include "check/load_all.h"
#include "check/rounds.h"
#include "check/targets.h"
#include "config/node.h"
#include "file/descriptor.h"
#include "senders/file.h"

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

/// The server would start, and judge no stranger's mail: whoever is blocked would come in else.
config::Problems unreadable_senders(const master::Config& master) {
    if (master.senders.behavior == site::SendersBehavior::Off) return {};
    const auto path = site::policy_folder(master);
    const file::Descriptor folder(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return {};  // there is none yet, or it is not for whoever checks to look into
    const auto list = senders::read(folder.get());
    if (list) return {};
    return {{.file = {},
             .line = 0,
             .column = 0,
             .key = "senders.behavior",
             .problem =
                 fmt::format("the list of senders in {} cannot be read: {}", config::toml_string(path), list.error()),
             .remedy = "mend the line, or remove the file and block them anew"}};
}

/// Its processes run under users of their own, and have to get through every folder above.
config::Problems closed_folders(const std::string& data_directory) {
    if (::geteuid() != 0) return {};
    for (auto end = data_directory.rfind('/'); end != std::string::npos && end > 0;
         end = data_directory.rfind('/', end - 1)) {
        const auto folder = data_directory.substr(0, end);
        struct stat status{};
        if (::stat(folder.c_str(), &status) != 0 || (status.st_mode & S_IXOTH)) continue;
        return {{.file = {},
                 .line = 0,
                 .column = 0,
                 .key = "data_directory",
                 .problem = fmt::format("{} is closed to others, so the server's processes cannot get to {} and all "
                                        "mail would be answered 451",
                                        config::toml_string(folder), config::toml_string(data_directory)),
                 .remedy = "chmod o+x " + folder}};
    }
    return {};
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
        for (auto& warning : find_foreign_domains(loaded->text, records)) warnings.push_back(std::move(warning));
        std::ranges::copy(find_lost_addresses(loaded->text, records), std::back_inserter(warnings));
        // The server would start with mail that goes round, and refuse it; that is hardly what anybody wants.
        problems = find_rounds(loaded->text, records);
        std::ranges::copy(unreadable_senders(loaded->master), std::back_inserter(problems));
        std::ranges::copy(closed_folders(loaded->master.data_directory), std::back_inserter(problems));
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
