#pragma once
// `hermod sender`: senders who are blocked or allowed, by what is proved of them.

#include <span>

namespace sender {

int run(std::span<char*> arguments);

}  // namespace sender
