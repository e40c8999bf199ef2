#pragma once
// `hermod start`, `stop`, `status`, `pause`, …: what an administrator tells a running server, over its control socket.

#include <span>

namespace control {

int start(std::span<char*> arguments);
int acme(std::span<char*> arguments);
int stop(std::span<char*> arguments);
int restart(std::span<char*> arguments);
int ban(std::span<char*> arguments);
int reload(std::span<char*> arguments);
int status(std::span<char*> arguments);
int pause(std::span<char*> arguments);
int resume(std::span<char*> arguments);
int flush(std::span<char*> arguments);
/// qmailctl's verb for compiling tables, of which there are none.
int cdb(std::span<char*> arguments);

}  // namespace control
