#pragma once
// `hermod mime`: what a message is made of.

#include <span>

namespace anatomy {

/// 0: done; 1: the message cannot be read; 2: asked wrongly.
int run(std::span<char*> arguments);

}  // namespace anatomy
