#include "account/app_password.h"

#include <fmt/format.h>

#include "account/show.h"
#include "config/node.h"
#include "config/quantity.h"
#include "crypto/digest.h"
#include "lang/try.h"
#include "passwords/hash.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "text/utf8.h"

namespace account {
namespace {

constexpr std::size_t most_of_an_account = 100;  // each is tried at a login
constexpr std::size_t longest_name = 100;

/// Nobody guesses a hundred random bits, so it need not cost what a password that people think of does; a login tries
/// each of them.
std::string cheap_hash(const std::string& password) {
    const auto salt = passwords::random_octets(16);
    return "{SSHA512}" + text::to_base64(crypto::digest(crypto::Digest::Sha512, password + salt) + salt);
}

Result<std::uint32_t> uses_named(const std::vector<std::string>& names) {
    std::uint32_t uses = 0;
    for (const auto& name : names) {
        if (name == "smtp")
            uses |= static_cast<std::uint32_t>(accounts::Use::Smtp);
        else if (name == "pop3")
            uses |= static_cast<std::uint32_t>(accounts::Use::Pop3);
        else
            return refuse(misused, config::toml_string(name) + " is neither smtp nor pop3");
    }
    return uses == 0 ? accounts::every_use : uses;
}

Result<std::int64_t> expiry_of(const std::string& text, std::int64_t now) {
    if (text.empty()) return 0;
    const auto duration = config::parse_duration(text);
    if (!duration || duration->count() < 1000)
        return refuse(misused, config::toml_string(text) + " is no time; write 90d");
    return now + std::chrono::duration_cast<std::chrono::seconds>(*duration).count();
}

Result<> check_name(const std::string& name) {
    if (name.empty() || name.size() > longest_name || !text::is_utf8(name) ||
        std::ranges::any_of(name, [](char c) { return text::is_control(c); }))
        return refuse(misused, config::toml_string(name) + " is no name for a password");
    return {};
}

}  // namespace

CLI::App* AppPasswordRequest::add_to(CLI::App& app) {
    auto* family = app.add_subcommand("app-password", "Passwords for single programs");
    family->require_subcommand(1);
    const auto add_command = [&](const char* name, const char* meaning) {
        auto* command = family_.add_command(*family, name, meaning);
        command->add_option("ADDRESS", account_, "The account")->required();
        return command;
    };
    auto* add = add_command("add", "Make one; it is shown once");
    add->add_option("NAME", name_, "What it is for, \"phone\"")->required();
    add->add_option("--for", uses_, "smtp (to send), pop3 (to read); may be repeated; else both")->type_name("USE");
    add->add_option("--expires", expiry_, "When it ends by itself, 90d for example")->type_name("TIME");
    auto* list = add_command("list", "List them");
    auto* remove = add_command("remove", "Remove one");
    remove->add_option("NAME", name_, "Its name")->required();
    add_ = add;
    list_ = list;
    return family;
}

Result<> AppPasswordRequest::run() const {
    if (*add_) return add();
    if (*list_) return list();
    return remove();
}

Result<> AppPasswordRequest::add() const {
    TRY(check_name(name_));
    const auto uses = TRY(uses_named(uses_));
    const auto desk = TRY(Desk::open(family_.configuration.path, Desk::For::Writing));
    const auto account = TRY(account_name(account_));
    const auto password = passwords::generate();
    const accounts::AppPassword made{.name = name_,
                                     .hash = cheap_hash(password),
                                     .uses = uses,
                                     .created = desk->now(),
                                     .expires = TRY(expiry_of(expiry_, desk->now()))};
    TRY(desk->commit({}, [&]() -> Result<> {
        const auto known = TRY(told(desk->database().credentials(account)));
        if (!known) return refuse(no, account + " is no account of the directory");
        if (known->app_passwords.size() >= most_of_an_account)
            return refuse(no, fmt::format("{} has {} of them already", account, known->app_passwords.size()));
        auto added = desk->database().add_app_password(account, made);
        if (!added && added.error().code == accounts::Error::Code::Exists)
            return refuse(no, fmt::format("{} has one of that name already", account));
        static_cast<void>(TRY(told(std::move(added))));
        return {};
    }));
    print(family_.json ? fmt::format("{{\"name\": {}, \"password\": \"{}\"}}\n", config::toml_string(name_), password)
                       : password + "\n");
    return {};
}

Result<> AppPasswordRequest::list() const {
    const auto desk = TRY(Desk::open(family_.configuration.path, Desk::For::Reading));
    const auto account = TRY(account_name(account_));
    const auto known = TRY(told(desk->database().credentials(account)));
    if (!known) return refuse(no, account + " is no account of the directory");
    for (const auto& password : known->app_passwords)
        print(family_.json ? json_form(password) : list_form(password, desk->now()));
    return {};
}

Result<> AppPasswordRequest::remove() const {
    const auto desk = TRY(Desk::open(family_.configuration.path, Desk::For::Writing));
    const auto account = TRY(account_name(account_));
    TRY(desk->commit({}, [&]() -> Result<> {
        if (!TRY(told(desk->database().remove_app_password(account, name_))))
            return refuse(no, fmt::format("{} has no such password", account));
        return {};
    }));
    print(family_.json ? fmt::format("{{\"removed\": {}}}\n", config::toml_string(name_))
                       : "It does not work any more\n");
    return {};
}

}  // namespace account
