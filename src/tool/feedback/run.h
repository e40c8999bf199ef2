#pragma once
// `hermod reports`: what the aggregate reports of others say of our domains, and what ours will say of theirs.

#include <span>

namespace feedback {

int run(std::span<char*> arguments);

}  // namespace feedback
