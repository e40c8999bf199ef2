#pragma once
// `hermod status`, `reload` and `stop`: what an administrator tells a running server, over its control socket.

#include <span>

namespace control {

int status(std::span<char*> arguments);
int reload(std::span<char*> arguments);
int stop(std::span<char*> arguments);

}  // namespace control
