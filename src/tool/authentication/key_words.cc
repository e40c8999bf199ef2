#include "authentication/key_words.h"

#include <fmt/format.h>

#include <cstdio>
#include <tuple>

#include "authentication/rotation.h"
#include "authentication/surroundings.h"
#include "control/server.h"
#include "dns/zone_line.h"
#include "lang/try.h"

namespace authentication {

void say(const std::string& domain, const std::string& text) { fmt::print("{}: {}\n", domain, text); }

void print_record(const std::string& domain, const signing_keys::Key& key) {
    fmt::print("{}\n", dns::zone_line(record_name(domain, key), record_of(key)));
}

std::expected<void, std::string> make_and_tell(signing_keys::Folder& folder, const std::string& domain,
                                               const check::SigningSite& site, const std::string& name,
                                               std::int64_t now) {
    const auto made = TRY(make_keys(folder, domain, site.dkim, name, now));
    say(domain, "new keys; publish, for all name servers:");
    for (const auto& one : made) print_record(domain, one);
    say(domain, signing_keys::next_step(domain, TRY(folder.keys(domain)), site.terms(), now));
    return {};
}

namespace {

int not_told(const std::string& why) {
    std::ignore = refuse("dkim", "the server could not be told: " + why);
    return 1;
}

}  // namespace

int reload_server(const std::string& configuration) {
    control::ControlSocket socket;
    socket.configuration.path = configuration;
    const auto path = socket.find();
    if (!path) return not_told(path.error().text);
    auto server = control::Server::connect(*path);
    if (!server && server.error().is_nobody_there()) {
        fmt::print("the server does not run, or not here; it takes them when it starts: {}\n",
                   control::trouble_of(server.error(), *path).text);
        return 0;
    }
    if (!server) return not_told(control::trouble_of(server.error(), *path).text);
    const auto answer =
        control::ask<admind::Answer>(*server, admind::Command{.ticket = 1, .order = admind::Order::Reload});
    if (!answer) return not_told(answer.error().text);
    fmt::print(answer->done ? stdout : stderr, "server: {}\n", answer->text);
    return answer->done ? 0 : 1;
}

}  // namespace authentication
