#include "sendmail/place.h"

#include <fmt/format.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <string_view>

#include "config/load.h"
#include "lang/try.h"
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

constexpr const char* default_path = "/etc/hermod/hermod.toml";

std::expected<Settings, std::string> read_settings(const std::string& path) {
    const auto document = config::parse_file(path);
    if (!document) return std::unexpected(to_text(document.error().front()));
    auto settings_read = config::read<Settings>(*document);
    if (!settings_read) return std::unexpected(to_text(settings_read.error().front()));
    return *std::move(settings_read);
}

}  // namespace

std::string configuration_path(const std::string& given) {
    if (!given.empty()) return given;
    const char* const from_environment = std::getenv("HERMOD_CONFIG");
    return from_environment && *from_environment ? from_environment : default_path;
}

std::expected<Place, std::string> find_place(const std::string& configuration) {
    const auto path = configuration_path(configuration);
    const bool is_absent = path == default_path && ::access(default_path, R_OK) != 0;
    const auto read = is_absent ? Settings{} : TRY(read_settings(path));
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
