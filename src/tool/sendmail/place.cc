#include "sendmail/place.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "config/load.h"
#include "site/host.h"
#include "site/limits.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace sendmail {
namespace {

struct Settings : site::Host {
    site::Limits limits;
};
inline auto settings(const Settings*) {
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{config::setting("limits", &Settings::limits, site::limits_meaning)});
}

/// GECOS: the part before the first comma; "&" stands for the login name.
std::string name_of(const passwd& account) {
    std::string name;
    for (const char c : std::string_view(account.pw_gecos ? account.pw_gecos : "")) {
        if (c == ',') break;
        if (c == '&') {
            std::string login = account.pw_name;
            if (!login.empty()) login[0] = text::to_upper(login[0]);
            name += login;
        } else if (!text::is_control(c)) {
            name += c;
        }
    }
    return text::is_utf8(name) ? name : std::string();
}

}  // namespace

std::string configuration_path(const std::string& given) {
    if (!given.empty()) return given;
    const char* const from_environment = std::getenv("HERMOD_CONFIG");
    return from_environment && *from_environment ? from_environment : "/etc/hermod/hermod.toml";
}

Place find_place(const std::string& configuration) {
    Settings read;
    if (const auto document = config::parse_file(configuration_path(configuration)))
        if (auto good = config::read<Settings>(*document)) read = *std::move(good);
    Place place{.drop_directory = site::drop_directory(read),
                .hostname = read.hostname,
                .message_size = read.limits.message_size,
                .control_socket = read.control_socket};
    if (place.hostname.empty()) {
        char name[256] = "";
        ::gethostname(name, sizeof name - 1);
        place.hostname = *name ? name : "localhost";
    }
    return place;
}

Caller find_caller() {
    const uid_t uid = ::getuid();
    if (const passwd* account = ::getpwuid(uid)) return {account->pw_name, name_of(*account)};
    return {fmt::format("user{}", uid), {}};
}

}  // namespace sendmail
