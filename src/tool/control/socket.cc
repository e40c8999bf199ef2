#include "control/socket.h"

#include <fmt/format.h>

#include "config/load.h"
#include "site/host.h"

namespace control {
namespace {

std::unexpected<Trouble> unusable(const config::Problems& problems) {
    return std::unexpected(Trouble{Trouble::misconfigured,
                                   config::to_text(problems.front()) +
                                       "\nThe running server still has its old configuration; --control-socket PATH "
                                       "reaches it without this file"});
}

}  // namespace

void ControlSocket::add_to(CLI::App& app) {
    configuration.add_to(app);
    app.add_option("--control-socket", path, "Where the server is reached, in place of what the configuration says")
        ->type_name("PATH");
}

std::expected<std::string, Trouble> ControlSocket::find() const {
    if (!path.empty()) return path;
    const auto document = config::parse_file(configuration.path);
    if (!document) return unusable(document.error());
    const auto host = config::read<site::Host>(*document);
    if (!host) return unusable(host.error());
    return host->control_socket;
}

Trouble trouble_of(const ipc::ClientError& error, const std::string& socket) {
    if (error.is_nobody_there())
        return {Trouble::nobody_there,
                fmt::format("no server answers at {}: is it running? One that was started under another control_socket "
                            "is reached with --control-socket PATH",
                            socket)};
    if (error.is_forbidden())
        return {Trouble::not_allowed, fmt::format("you may not talk to the server at {}", socket)};
    return {Trouble::nobody_there, error.text};
}

}  // namespace control
