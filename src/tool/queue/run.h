#pragma once
// `hermod queue`: messages that wait, listed, looked into, and dealt with, over the control socket of the running
// server.

#include <span>
#include <string>

namespace queue {

int run(std::span<char*> arguments);
/// As `mailq` prints it. The exit status is one of sysexits.h.
int print_mailq(const std::string& configuration);

}  // namespace queue
