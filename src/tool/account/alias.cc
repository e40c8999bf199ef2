#include <fmt/format.h>
#include <signal.h>

#include <algorithm>

#include "account/changes.h"
#include "account/family.h"
#include "account/forms.h"
#include "account/import.h"
#include "account/onlooker.h"
#include "account/run.h"
#include "addressing/aliases_file.h"
#include "lang/try.h"
#include "text/escape.h"

namespace account {
namespace {

struct Request : Family {
    std::string name;
    std::vector<std::string> targets;
    std::string domain;
    std::string file;
};

/// It works, but is hardly meant so.
void warn_of_nobody(const Desk& desk, const std::string& name) {
    for (const auto& delivery : desk.resolve(name).deliveries)
        if (delivery.kind == addressing::Delivery::Kind::Nobody)
            fmt::print(stderr, "hermod alias: {} does not exist, or is disabled\n",
                       text::escaped(smtp::to_text(delivery.address)));
}

Result<accounts::Alias> found(Desk& desk, const std::string& name) {
    auto alias = TRY(told(desk.database().alias(name)));
    if (!alias) return refuse(no, name + " is no alias of the directory");
    return *std::move(alias);
}

Result<> add(const Request& request) {
    Onlooker onlooker(request.configuration.path);
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Writing));
    const auto name = TRY(new_alias_name(*desk, request.name));
    const auto targets = TRY(new_targets(request.targets));
    accounts::Alias alias{.name = name, .targets = {}, .created = desk->now()};
    TRY(desk->commit({name}, [&]() -> Result<> {
        auto known = TRY(told(desk->database().alias(name)));
        const bool is_new = !known;
        if (known) alias = *std::move(known);
        for (const auto& target : targets)
            if (std::ranges::find(alias.targets, target) == alias.targets.end()) alias.targets.push_back(target);
        if (!is_new) {
            static_cast<void>(TRY(told(desk->database().set_targets(name, alias.targets))));
            return {};
        }
        return told(desk->database().add(alias));
    }));
    print(request.json ? json_form(alias) : list_form(alias));
    warn_of_nobody(*desk, name);
    onlooker.look_at(name);
    return {};
}

Result<> list(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Reading));
    const auto domain = request.domain.empty() ? std::string() : TRY(domain_name(request.domain));
    return told(desk->database().for_each_alias(domain, [&](const accounts::Alias& alias) {
        return print(request.json ? json_form(alias) : list_form(alias));
    }));
}

Result<> show(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Reading));
    const auto alias = TRY(found(*desk, addressing::alias_key(request.name)));
    print(request.json ? json_form(alias) : list_form(alias));
    if (!request.json)
        for (const auto& delivery : desk->resolve(alias.name).deliveries)
            print(fmt::format("    {}\n", text::escaped(addressing::to_text(delivery))));
    return {};
}

/// Of some targets, or of all.
Result<> remove(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Writing));
    const auto name = addressing::alias_key(request.name);
    const auto targets = TRY(new_targets(request.targets));
    std::vector<addressing::Target> left;
    // Without it, a catch-all may count that leads back here.
    TRY(desk->commit({name}, [&]() -> Result<> {
        left = TRY(found(*desk, name)).targets;
        for (const auto& target : targets)
            if (std::erase(left, target) == 0)
                return refuse(no, fmt::format("{} does not lead to {}", name, addressing::to_text(target)));
        if (targets.empty()) left.clear();
        if (left.empty())
            static_cast<void>(TRY(told(desk->database().remove_alias(name))));
        else
            static_cast<void>(TRY(told(desk->database().set_targets(name, left))));
        return {};
    }));
    if (request.json)
        print(json_form(accounts::Alias{.name = name, .targets = left}));
    else
        print(left.empty() ? name + " is no alias any more\n" : list_form({.name = name, .targets = left}));
    return {};
}

}  // namespace

int run_alias(std::span<char*> arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    CLI::App app("Aliases of the directory, beside those of the configuration.", "hermod alias");
    app.require_subcommand(1);
    Request request;
    auto* const add_one = request.add_command(app, "add", "Let an address lead to others too");
    add_one->add_option("NAME", request.name, "An address; or a name, for all domains of users of this system")
        ->required();
    add_one->add_option("TARGET", request.targets, "Addresses")->required();
    auto* const list_all = request.add_command(app, "list", "List them");
    list_all->add_option("--domain", request.domain, "Those of one domain")->type_name("DOMAIN");
    auto* const show_one = request.add_command(app, "show", "One, and where its mail goes in the end");
    show_one->add_option("NAME", request.name, "The alias")->required();
    auto* const remove_one = request.add_command(app, "remove", "Remove one, or some of its targets");
    remove_one->add_option("NAME", request.name, "The alias")->required();
    remove_one->add_option("TARGET", request.targets, "Targets; none: all of it");
    request.add_import(app, request.file);
    if (const auto status = check::parse(app, arguments)) return *status;
    if (*add_one) return report("hermod alias", add(request));
    if (*list_all) return report("hermod alias", list(request));
    if (*show_one) return report("hermod alias", show(request));
    if (*remove_one) return report("hermod alias", remove(request));
    return report("hermod alias", import_aliases(request.configuration.path, request.file, request.json));
}

}  // namespace account
