#include <fmt/format.h>
#include <signal.h>

#include "account/app_password.h"
#include "account/changes.h"
#include "account/family.h"
#include "account/forms.h"
#include "account/import.h"
#include "account/password.h"
#include "account/run.h"
#include "account/show.h"
#include "config/node.h"
#include "config/quantity.h"
#include "lang/try.h"

namespace account {
namespace {

struct Request : Family {
    std::string name;
    std::string quota;
    std::vector<std::string> aliases;
    std::string domain;
    std::string file;
    Keeping keeping;
    bool is_disabled = false;
};

Result<std::uint64_t> quota_of(const std::string& text) {
    const auto octets = text.empty() ? 0 : config::parse_octets(text);
    if (!octets) return refuse(misused, config::toml_string(text) + " is no size; write 500MB");
    return *octets;
}

Result<> nobody(const std::string& name) { return refuse(no, name + " is no account of the directory"); }

Result<> add(const Request& request) {
    const auto quota = TRY(quota_of(request.quota));
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Writing));
    const auto name = TRY(new_account_name(*desk, request.name));
    std::vector<std::string> aliases;
    for (const auto& alias : request.aliases) aliases.push_back(TRY(new_alias_name(*desk, alias)));
    if (TRY(told(desk->database().account(name)))) return refuse(no, name + " is in the directory already");
    const auto credentials = TRY(read_credentials(name, request.keeping, desk->config().passwords));
    const accounts::Account account{
        .address = name, .quota = quota, .is_disabled = request.is_disabled, .created = desk->now()};
    const auto exists = [](const std::string& what, std::expected<void, accounts::Error> result) -> Result<> {
        if (!result && result.error().code == accounts::Error::Code::Exists)
            return refuse(no, what + " is in the directory already");
        return told(std::move(result));
    };
    TRY(desk->commit(aliases, [&]() -> Result<> {
        auto& database = desk->database();
        TRY(exists(name, database.add(account)));
        if (!credentials.hash.empty())
            static_cast<void>(TRY(told(database.set_password(name, credentials, desk->now()))));
        for (const auto& alias : aliases)
            TRY(exists(
                "the alias " + alias,
                database.add(accounts::Alias{
                    .name = alias, .targets = {{addressing::Target::Kind::Address, name}}, .created = desk->now()})));
        return {};
    }));
    print(request.json ? json_form(account)
                       : fmt::format("{} is an account{}\n", name,
                                     credentials.hash.empty() ? "; it has no password, so nobody can log in" : ""));
    return {};
}

Result<> list(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Reading));
    const auto domain = request.domain.empty() ? std::string() : TRY(domain_name(request.domain));
    return told(desk->database().for_each_account(domain, [&](const accounts::Account& account) {
        return print(request.json ? json_form(account) : list_form(account));
    }));
}

/// A change of one account, and what to say of it.
Result<> change(const Request& request, std::string_view outcome,
                const std::function<Result<bool>(Desk&, const std::string&)>& what) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Writing));
    const auto name = TRY(account_name(request.name));
    TRY(desk->commit({}, [&]() -> Result<> {
        if (!TRY(what(*desk, name))) return nobody(name);
        return {};
    }));
    const auto account = TRY(told(desk->database().account(name)));
    print(request.json && account ? json_form(*account) : fmt::format("{} {}\n", name, outcome));
    return {};
}

Result<> set_password(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Writing));
    const auto name = TRY(account_name(request.name));
    if (!TRY(told(desk->database().account(name)))) return nobody(name);
    const auto credentials = TRY(read_credentials(name, request.keeping, desk->config().passwords));
    if (credentials.hash.empty() && !request.keeping.is_none) return refuse(no, "no password was given");
    TRY(desk->commit({}, [&]() -> Result<> {
        if (!TRY(told(desk->database().set_password(name, credentials, desk->now())))) return nobody(name);
        return {};
    }));
    print(fmt::format("{} has {}\n", name, request.keeping.is_none ? "no password any more" : "a new password"));
    return {};
}

Result<> set_quota(const Request& request) {
    const auto quota = TRY(quota_of(request.quota));
    return change(request, quota == 0 ? "has the server's own quota" : "has another quota",
                  [&](Desk& desk, const std::string& name) { return told(desk.database().set_quota(name, quota)); });
}

Result<> set_disabled(const Request& request, bool is_disabled) {
    return change(
        request, is_disabled ? "is disabled: it takes no mail, and nobody can log in" : "is enabled",
        [&](Desk& desk, const std::string& name) { return told(desk.database().set_disabled(name, is_disabled)); });
}

Result<> remove(const Request& request) {
    const auto desk = TRY(Desk::open(request.configuration.path, Desk::For::Writing));
    const auto name = TRY(account_name(request.name));
    // Without it, a catch-all may count that leads back here.
    TRY(desk->commit({name}, [&]() -> Result<> {
        if (!TRY(told(desk->database().remove_account(name)))) return nobody(name);
        return {};
    }));
    const auto folder = mail_folder(desk->config(), name);
    print(request.json ? fmt::format("{{\"removed\": {}, \"mail\": {}}}\n", config::toml_string(name),
                                     config::toml_string(folder))
                       : fmt::format("{} is no account any more; its mail stays in {}\n", name, folder));
    return {};
}

CLI::App* add_command(CLI::App& app, const char* name, const char* meaning, Request& request) {
    auto* command = request.add_command(app, name, meaning);
    command->add_option("ADDRESS", request.name, "The account")->required();
    return command;
}

}  // namespace

int run_account(std::span<char*> arguments) {
    ::signal(SIGPIPE, SIG_IGN);
    CLI::App app("Accounts of the directory: mailboxes, and who may log in to them.", "hermod account");
    app.require_subcommand(1);
    Request request;
    AppPasswordRequest app_password;
    auto* const add_one = add_command(app, "add", "Make one; its password is asked for, or read", request);
    add_one->add_option("--quota", request.quota, "What it may hold, 500MB for example")->type_name("SIZE");
    add_one->add_option("--alias", request.aliases, "An address that leads to it, too; may be repeated")
        ->type_name("ADDRESS");
    add_one->add_flag("--disabled", request.is_disabled, "It takes no mail yet, and nobody can log in");
    request.keeping.add_to(*add_one);
    auto* const list_all = request.add_command(app, "list", "List them");
    list_all->add_option("--domain", request.domain, "Those of one domain")->type_name("DOMAIN");
    auto* const show_one = add_command(app, "show", "Everything known of one but its passwords", request);
    auto* const password = add_command(app, "password", "Give it another password", request);
    request.keeping.add_to(*password);
    auto* const quota = add_command(app, "quota", "Let it hold more, or less", request);
    quota->add_option("SIZE", request.quota, "500MB for example; 0: the server's own quota")->required();
    auto* const disable = add_command(app, "disable", "Take no more mail for it, and let nobody log in", request);
    auto* const enable = add_command(app, "enable", "End that", request);
    auto* const remove_one = add_command(app, "remove", "Remove it; its mail stays where it is", request);
    request.add_import(app, request.file);
    auto* const app_passwords = app_password.add_to(app);
    if (const auto status = check::parse(app, arguments)) return *status;

    const auto run = [&]() -> Result<> {
        if (*add_one) return add(request);
        if (*list_all) return list(request);
        if (*show_one) return show(request.configuration.path, request.name, request.json);
        if (*password) return set_password(request);
        if (*quota) return set_quota(request);
        if (*disable) return set_disabled(request, true);
        if (*enable) return set_disabled(request, false);
        if (*remove_one) return remove(request);
        if (*app_passwords) return app_password.run();
        return import_accounts(request.configuration.path, request.file, request.json);
    };
    return report("hermod account", run());
}

}  // namespace account
