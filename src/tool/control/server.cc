#include "control/server.h"

#include "lang/try.h"

namespace control {

std::expected<Server, Trouble> connect(const ControlSocket& socket) {
    const auto path = TRY(socket.find());
    auto server = Server::connect(path);
    if (!server) return std::unexpected(trouble_of(server.error(), path));
    return std::move(*server);
}

}  // namespace control
