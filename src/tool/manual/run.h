#pragma once
// `hermod settings`: every setting of the configuration, with its meaning, default and range.

#include <span>

namespace manual {

int run(std::span<char*> arguments);

}  // namespace manual
