#include <fmt/format.h>
#include <signal.h>

#include "account/changes.h"
#include "account/family.h"
#include "account/forms.h"
#include "account/import.h"
#include "account/run.h"
#include "config/node.h"
#include "lang/try.h"

namespace account {
namespace {

struct Request : Family {
    std::string name;
    accounts::Domain settings;
    std::string file;
};

Result<> add(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Writing));
    const auto domain = TRY(new_domain(*desk, request.name, request.settings));
    TRY(desk->commit({"anybody@" + domain.name}, [&]() -> Result<> {
        auto added = desk->database().add(domain);
        if (!added && added.error().code == accounts::Error::Code::Exists)
            return refuse(no, domain.name + " is in the directory already");
        return told(std::move(added));
    }));
    print(request.json ? json_form(domain) : fmt::format("{} is a domain of this server\n", domain.name));
    return {};
}

Result<> list(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Reading));
    return told(desk->database().for_each_domain(
        [&](const accounts::Domain& domain) { return print(request.json ? json_form(domain) : list_form(domain)); }));
}

Result<> remove(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Writing));
    const auto name = TRY(domain_name(request.name));
    TRY(desk->commit({}, [&]() -> Result<> {
        const bool is_configured = desk->book().configured().domains().contains(name);
        if (const auto count = TRY(told(desk->database().count_at(name))); count > 0 && !is_configured)
            return refuse(no, fmt::format("{} has {} accounts and aliases; remove them first", name, count));
        if (!TRY(told(desk->database().remove_domain(name)))) return refuse(no, name + " is not in the directory");
        return {};
    }));
    print(request.json ? fmt::format("{{\"removed\": {}}}\n", config::toml_string(name))
                       : fmt::format("{} is not a domain of this server any more\n", name));
    return {};
}

}  // namespace

int run_domain(std::span<char*> arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    CLI::App app("Domains of the directory, beside those of the configuration.", "hermod domain");
    app.require_subcommand(1);
    Request request;
    auto* const add_one = request.add_command(app, "add", "Take mail for a domain");
    add_one->add_option("DOMAIN", request.name, "Its name")->required();
    add_one->add_option("--catch-all", request.settings.catch_all, "Who gets the mail for everybody else in it")
        ->type_name("ADDRESS");
    add_one->add_option("--same-as", request.settings.same_as, "Another of our domains, which has the same recipients")
        ->type_name("DOMAIN");
    add_one->add_option("--delimiters", request.settings.delimiters, "The characters that begin an extension")
        ->type_name("CHARACTERS");
    auto* const list_all = request.add_command(app, "list", "List them");
    auto* const remove_one = request.add_command(app, "remove", "Take no more mail for one");
    remove_one->add_option("DOMAIN", request.name, "Its name")->required();
    request.add_import(app, request.file);
    if (const auto status = check::parse(app, arguments)) return *status;
    if (*add_one) return report("hermod domain", add(request));
    if (*list_all) return report("hermod domain", list(request));
    if (*remove_one) return report("hermod domain", remove(request));
    return report("hermod domain", import_domains(request.configuration.path, request.file, request.json));
}

}  // namespace account
