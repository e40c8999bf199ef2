#pragma once
// `hermod serve`: the server, in the foreground.

#include <span>

namespace serve {

/// Serves until SIGTERM or SIGINT: 0. 2: the configuration is wrong, and nothing was started.
int run(std::span<char*> arguments);

}  // namespace serve
