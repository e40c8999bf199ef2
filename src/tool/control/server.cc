#include "control/server.h"

#include <fmt/format.h>

#include "config/load.h"
#include "site/host.h"

namespace control {

std::expected<Server, Trouble> connect(const std::string& configuration) {
    const auto document = config::parse_file(configuration);
    if (!document) return std::unexpected(Trouble{2, config::to_text(document.error().front())});
    const auto host = config::read<site::Host>(*document);
    if (!host) return std::unexpected(Trouble{2, config::to_text(host.error().front())});
    auto server = Server::connect(host->control_socket);
    if (server) return std::move(*server);
    if (server.error().is_nobody_there())
        return std::unexpected(Trouble{1, fmt::format("no server is running behind {}", host->control_socket)});
    return std::unexpected(Trouble{1, fmt::format("{}: {}", host->control_socket, server.error().text)});
}

}  // namespace control
