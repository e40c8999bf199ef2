#include "check/login.h"

#include <unistd.h>

#include <fstream>
#include <string>

#include "check/certificates.h"
#include "check/passwords.h"
#include "jose/keys.h"

namespace check {
namespace {

void take_in_keys(config::Document& document, config::Node& tokens, config::Problems& problems) {
    const config::Node* path = tokens.find("keys");
    if (!path || path->kind != config::Node::Kind::String || !path->text.starts_with('/')) return;
    const auto where = path->where;
    const auto complain = [&](const std::string& what) {
        problems.push_back(
            document.problem_at(where, "login.tokens.keys", config::toml_string(path->text) + " " + what));
    };
    std::ifstream file(path->text, std::ios::binary);
    if (!file) return complain("cannot be read");
    std::string text(jose::longest_keys + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<std::size_t>(file.gcount()));
    if (file.bad()) return complain("cannot be read");
    if (const auto keys = jose::parse_keys(text); !keys) return complain(keys.error());
    tokens.members.push_back({.key = "keys_text",
                              .where = where,
                              .value = {.kind = config::Node::Kind::String, .where = where, .text = std::move(text)}});
}

void check_issuer(const config::Document& document, const config::Node& tokens, const site::LoginTokens& settings,
                  config::Problems& problems) {
    if (!site::asks_issuer(settings)) return;
    const auto complain = [&](const char* key, const std::string& path, const std::string& what) {
        const config::Node* at = tokens.find(key);
        problems.push_back(document.problem_at(at ? at->where : tokens.where, std::string("login.tokens.") + key,
                                               config::toml_string(path) + " " + what));
    };
    if (const auto flaw = flaw_of_authorities(settings.ca_file); !flaw.empty())
        complain("ca_file", settings.ca_file, flaw);
    if (settings.secret_file.empty()) return;
    if (const auto flaw = flaw_of_secret_file(settings.secret_file); !flaw.empty())
        complain("secret_file", settings.secret_file, flaw);
}

/// PAM falls back to "other" then, which may let in others than were meant.
void warn_of_missing_service(const config::Document& document, const config::Node& login, const site::Login& settings,
                             config::Problems& warnings) {
    const auto path = "/etc/pam.d/" + settings.pam_service;
    if (!settings.system_users || ::access(path.c_str(), F_OK) == 0) return;
    const config::Node* at = login.find("pam_service");
    warnings.push_back(document.problem_at(at ? at->where : login.where, "login.pam_service",
                                           "there is no " + path + ": PAM goes by /etc/pam.d/other",
                                           "write \"@include common-auth\" and \"@include common-account\" into it"));
}

void check_programs(const config::Document& document, const config::Node& login, const site::Login& settings,
                    config::Problems& problems) {
    const config::Node* tables = login.find("programs");
    if (!tables || tables->items.size() != settings.programs.size()) return;
    for (std::size_t i = 0; i < settings.programs.size(); ++i) {
        const auto& command = settings.programs[i].command;
        if (command.empty() || ::access(command.front().c_str(), X_OK) == 0) continue;
        problems.push_back(
            document.problem_at(tables->items[i].where, "login.programs.command",
                                config::toml_string(command.front()) + " is no program that can be run"));
    }
}

}  // namespace

void take_in_login(config::Document& document, const site::Login& settings, config::Problems& problems,
                   config::Problems& warnings) {
    config::Node* login = document.root.find("login");
    if (!login || login->kind != config::Node::Kind::Table) return;
    warn_of_missing_service(document, *login, settings, warnings);
    check_programs(document, *login, settings, problems);
    config::Node* tokens = login->find("tokens");
    if (!tokens || tokens->kind != config::Node::Kind::Table) return;
    check_issuer(document, *tokens, settings.tokens, problems);
    take_in_keys(document, *tokens, problems);
}

}  // namespace check
