#pragma once
// `hermod import`: the configuration of another mail server as ours, and a report of what has no counterpart.

#include <span>

namespace import {

/// 0: written; 1: there is no such configuration, or the report cannot be written; 2: asked wrongly.
int run(std::span<char*> arguments);

}  // namespace import
