#pragma once
// `hermod queue`: messages that wait, listed, looked into, and dealt with, over the control socket of the running
// server.

#include <span>

#include "control/socket.h"

namespace queue {

int run(std::span<char*> arguments);
/// As `mailq` prints it. The exit status is one of sysexits.h.
int print_mailq(const control::ControlSocket& configured);

}  // namespace queue
