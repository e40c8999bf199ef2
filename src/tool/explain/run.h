#pragma once
// `hermod explain`: what would happen to mail for an address, and why, without doing it.

#include <span>

namespace explain {

/// 0: it would be accepted; 1: it would not; 2: asked wrongly, or the configuration is wrong.
int run(std::span<char*> arguments);

}  // namespace explain
