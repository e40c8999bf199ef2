#pragma once
// Processes that lost their parents and fell to us: what a program left running when it ended.

#include <cstdint>
#include <functional>

namespace process {

/// Kills each child of this process but those that `is_kept`; an empty function keeps none.
void kill_orphans(const std::function<bool(std::int64_t pid)>& is_kept);

}  // namespace process
