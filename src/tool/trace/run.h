#pragma once
// `hermod trace`: the story of one message, every decision with its reason.

#include <span>

namespace trace {

/// 0: told; 1: nothing found; 2: asked wrongly.
int run(std::span<char*> arguments);

}  // namespace trace
