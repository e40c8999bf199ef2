#pragma once
// `hermod dns`: what a domain has to publish for its mail, and whether it does.

#include <span>

namespace publication {

/// 0: done, or all is as it should be; 1: something is not; 2: asked wrongly; 75: the DNS did not answer.
int run(std::span<char*> arguments);

}  // namespace publication
