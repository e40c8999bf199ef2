#include "serve/run.h"

#include <fmt/format.h>

#include <cstdio>

#include "authentication/key_turn.h"
#include "check/arguments.h"
#include "check/certificates.h"
#include "check/load_all.h"
#include "check/signing_keys.h"
#include "lang/try.h"
#include "master/make_plan.h"
#include "master/run.h"
#include "serve/first_certificate.h"

namespace serve {
namespace {

std::string to_text(const config::Problems& problems) {
    std::string text;
    for (const auto& problem : problems) text += (text.empty() ? "" : "\n") + config::to_text(problem);
    return text;
}

}  // namespace

int run(std::span<char*> arguments) {
    CLI::App app(
        "Runs the server in the foreground. SIGTERM and SIGINT stop it cleanly; SIGHUP takes the configuration anew, "
        "and "
        "keeps the old one if there is anything wrong with it.",
        "hermod serve");
    check::ConfigurationPath configuration;
    int ready_fd = -1;
    bool is_detached = false;
    configuration.add_to(app);
    app.add_option("--ready-fd", ready_fd, "Write a newline to this descriptor when all listeners accept")
        ->type_name("N");
    app.add_flag(
        "--detached", is_detached,
        "As `hermod start` has it: where log.file is empty the log goes to log/hermod.log below data_directory");
    if (const auto status = check::parse(app, arguments)) return *status;

    const auto make = [path = configuration.path, is_detached]() -> std::expected<master::Plan, std::string> {
        auto loaded = check::load_all(path);
        if (!loaded) return std::unexpected(to_text(loaded.error()));
        auto plan = master::make_plan(loaded->master, std::move(loaded->text));
        if (is_detached && plan.log.path.empty()) plan.log.path = plan.data_directory + "/log/hermod.log";
        for (const auto& [setting, value] : loaded->start_values) plan.start_values.push_back({setting, value});
        return plan;
    };
    auto plan = make();
    if (!plan) {
        fmt::print(stderr, "{}\n", plan.error());
        return 2;
    }
    const auto first = make_first_certificate(*plan);
    if (!first) {
        fmt::print(stderr, "hermod: {}\n", first.error());
        return 1;
    }
    if (*first) plan = make();  // the certificate goes along with the configuration
    if (!plan) {
        fmt::print(stderr, "{}\n", plan.error());
        return 2;
    }
    const auto read_certificates = [](master::Plan now) -> std::expected<master::Plan, std::string> {
        now.config = TRY(check::renew_certificates(now.config));
        return now;
    };
    const auto turn_keys = [](master::Plan now,
                              const std::vector<master::Sighting>& seen) -> std::expected<master::Plan, std::string> {
        auto turned = authentication::turn_keys(now.config, seen);
        now.key_steps = std::move(turned.steps);
        now.key_trouble = std::move(turned.trouble);
        auto renewed = check::renew_signing_keys(now.config);  // by what commands did, too
        const auto& trouble = renewed ? renewed->trouble : renewed.error();
        if (!trouble.empty()) now.key_trouble += (now.key_trouble.empty() ? "" : "; ") + trouble;
        if (!renewed) return now;
        now.config = std::move(renewed->configuration);
        now.signing_key_files = std::move(renewed->files);
        return now;
    };
    return master::run(*std::move(plan), make, read_certificates, turn_keys, ready_fd);
}

}  // namespace serve
