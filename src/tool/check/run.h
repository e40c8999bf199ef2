#pragma once
// `hermod check`: validates the configuration and everything it names.

#include <span>

namespace check {

/// 0: nothing wrong; 2: something is, and was told on standard error (with --json: on standard output).
int run(std::span<char*> arguments);

}  // namespace check
