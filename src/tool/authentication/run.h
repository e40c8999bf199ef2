#pragma once
// The standards of sender authentication from the command line: `hermod spf`, `hermod srs`. They do for one message, or
// one address, what a server does, and tell what they find; no server is needed.

#include <span>

namespace authentication {

/// 0: pass; 1: another result; 2: asked wrongly; 75: the DNS did not answer.
int run_spf(std::span<char*> arguments);
/// 0: rewritten; 1: it must be refused; 2: asked wrongly.
int run_srs(std::span<char*> arguments);

}  // namespace authentication
