#pragma once
// [[login.programs]]: programs that say whether a password is right, by the interface of checkpassword
// (https://cr.yp.to/checkpwd/interface.html).

#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

struct LoginProgram {
    std::vector<std::string> command;
    std::string user;
    std::vector<std::string> domains;
};

/// Which program is meant, whoever has read the configuration before it was changed: two that are asked alike are one.
inline std::uint64_t id_of(const LoginProgram& program) {
    std::uint64_t id = 0xcbf29ce484222325;  // FNV-1a
    const auto add = [&](std::string_view word) {
        for (const char c : word) id = (id ^ static_cast<unsigned char>(c)) * 0x100000001b3;
        id = (id ^ 0x100) * 0x100000001b3;  // where it ends
    };
    add(program.user);
    for (const auto& word : program.command) add(word);
    return id;
}

inline std::string login_command_flaw(const std::vector<std::string>& command) {
    if (command.empty()) return "name the program, and what it is to run once the password was right, as \"/bin/true\"";
    for (const auto& word : command)
        if (word.contains('\0')) return "a word has a NUL in it";
    return absolute_path_flaw(command.front());
}

inline std::string login_domains_flaw(const std::vector<std::string>& domains) {
    for (const auto& domain : domains)
        if (auto flaw = domain_flaw(domain); !flaw.empty()) return domain + ": " + flaw;
    return {};
}

inline auto settings(const LoginProgram*) {
    using config::required, config::setting;
    return std::tuple{
        required(
            setting("command", &LoginProgram::command,
                    "The program and its arguments, as words; no shell sees them. It reads user, password and an "
                    "empty timestamp from descriptor 3, each followed by a NUL, and ends with 0 (yes), 1 (no) or 111 "
                    "(ask later). Programs of this kind run what the last words name where the password was right: "
                    "\"/bin/true\".",
                    login_command_flaw)),
        required(setting("user", &LoginProgram::user,
                         "As whom it runs. \"root\" is root by number, with the capabilities to become others and none "
                         "besides.",
                         user_or_empty_flaw)),
        setting("domains", &LoginProgram::domains,
                "Whose accounts it is asked about: mailboxes of these domains. Empty: of all that are ours. Of several "
                "programs the first counts. It is given the whole address, or the bare name of a user of this system.",
                login_domains_flaw),
    };
}

inline std::string flaw(const LoginProgram& program) { return program.user.empty() ? "has no user to run as" : ""; }

}  // namespace site
