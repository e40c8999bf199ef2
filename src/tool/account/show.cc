#include "account/show.h"

#include <fmt/format.h>

#include <boost/json.hpp>

#include "account/forms.h"
#include "config/quantity.h"
#include "lang/try.h"
#include "text/escape.h"

namespace account {
namespace {

namespace json = boost::json;
using accounts::AppPassword;
using accounts::Credentials;

json::array uses_of(const AppPassword& password) {
    json::array uses;
    if (password.uses & static_cast<std::uint32_t>(accounts::Use::Smtp)) uses.emplace_back("smtp");
    if (password.uses & static_cast<std::uint32_t>(accounts::Use::Pop3)) uses.emplace_back("pop3");
    return uses;
}

json::object object_of(const AppPassword& password) {
    return {{"name", password.name},
            {"for", uses_of(password)},
            {"created", password.created},
            {"expires", password.expires},
            {"last_used", password.last_used}};
}

/// "argon2id", "{SSHA256}", "$6$": what kind a hash is of, and nothing more of it.
std::string kind_of(const std::string& hash) {
    if (hash.starts_with("$argon2")) return hash.substr(1, hash.find('$', 1) - 1);
    if (hash.starts_with('{')) return hash.substr(0, hash.find('}') + 1);
    if (hash.starts_with('$')) return hash.substr(0, hash.find('$', 1) + 1);
    return hash.empty() ? "none" : "crypt";
}

std::string show_form(const accounts::Account& account, const Credentials& credentials, const std::string& folder,
                      std::int64_t now) {
    std::string text = fmt::format("{}{}\n", text::escaped(account.address), account.is_disabled ? " (disabled)" : "");
    text += fmt::format("    mail:     {}\n", folder);
    text += fmt::format("    quota:    {}\n", account.quota ? config::octets_text(account.quota) : "the server's own");
    text += fmt::format("    made:     {}\n", time_text(account.created));
    text +=
        fmt::format("    password: {}{}{}{}\n", kind_of(credentials.hash),
                    credentials.scram_sha_256 ? ", SCRAM-SHA-256" : "", credentials.scram_sha_1 ? ", SCRAM-SHA-1" : "",
                    credentials.secret.empty() ? "" : ", and in plain (APOP, CRAM-MD5)");
    for (const auto& password : credentials.app_passwords) text += "    for a program: " + list_form(password, now);
    return text;
}

std::string show_json(const accounts::Account& account, const Credentials& credentials, const std::string& folder) {
    json::array app_passwords, mechanisms;
    for (const auto& password : credentials.app_passwords) app_passwords.push_back(object_of(password));
    if (credentials.scram_sha_256) mechanisms.emplace_back("SCRAM-SHA-256");
    if (credentials.scram_sha_1) mechanisms.emplace_back("SCRAM-SHA-1");
    return json::serialize(json::object{{"address", account.address},
                                        {"quota", account.quota},
                                        {"disabled", account.is_disabled},
                                        {"created", account.created},
                                        {"mail", folder},
                                        {"password", kind_of(credentials.hash)},
                                        {"scram", std::move(mechanisms)},
                                        {"stores_plain", !credentials.secret.empty()},
                                        {"app_passwords", std::move(app_passwords)}}) +
           "\n";
}

}  // namespace

std::string mail_folder(const directory::Config& config, const std::string& account) {
    const auto at = account.rfind('@');
    return fmt::format("{}{}{}/{}", config.mail_directory, config.mail_directory.ends_with('/') ? "" : "/",
                       account.substr(at + 1), account.substr(0, at));
}

std::string list_form(const AppPassword& password, std::int64_t now) {
    std::string uses;
    for (const auto& use : uses_of(password)) uses += (uses.empty() ? "" : ", ") + std::string(use.as_string());
    auto text = fmt::format("{} ({}), made {}", text::escaped(password.name), uses, time_text(password.created));
    if (password.expires != 0)
        text += fmt::format(", {} {}", password.expires <= now ? "expired" : "expires", time_text(password.expires));
    text += password.last_used == 0 ? ", not used yet" : ", last used " + time_text(password.last_used);
    return text + "\n";
}

std::string json_form(const AppPassword& password) { return json::serialize(object_of(password)) + "\n"; }

Result<> show(const std::string& configuration, const std::string& name, bool json) {
    const auto desk = TRY(Desk::open(configuration, Desk::For::Reading));
    const auto key = TRY(account_name(name));
    const auto account = TRY(told(desk->database().account(key)));
    if (!account) return refuse(no, key + " is no account of the directory");
    const auto credentials = TRY(told(desk->database().credentials(key))).value_or(Credentials());
    const auto folder = mail_folder(desk->config(), key);
    print(json ? show_json(*account, credentials, folder) : show_form(*account, credentials, folder, desk->now()));
    return {};
}

}  // namespace account
