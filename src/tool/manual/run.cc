#include "manual/run.h"

#include <fmt/format.h>

#include "check/arguments.h"
#include "check/everything.h"
#include "manual/page.h"

namespace manual {

int run(std::span<char*> arguments) {
    CLI::App app("Every setting of the configuration: meaning, default, range.", "hermod settings");
    bool as_page = false;
    bool as_json = false;
    app.add_flag("--man", as_page, "As the manual page hermod.toml(5), in Markdown (the default)");
    app.add_flag("--json", as_json, "As JSON");
    std::string configuration;
    app.add_option("--config", configuration, "Not needed here")->group("");
    if (const auto status = check::parse(app, arguments)) return *status;
    const config::Known all = check::everything();
    fmt::print("{}", as_json ? json(all) : page(all));
    return 0;
}

}  // namespace manual
