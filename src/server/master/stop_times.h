#pragma once
// How the time for the end (process.stop_timeout) is shared out, one round of processes after another. The later ones
// need little, but must have it: what the edges reported last is to be written down.

#include <array>
#include <chrono>

namespace master {

/// Those who talk to the outside; qmgr; and whom it asks until then.
constexpr std::size_t stop_rounds = 3;

struct StopTime {
    std::chrono::milliseconds until;  // since the beginning: then it is killed
    std::chrono::milliseconds leave;  // before that: it is told to have ended so much earlier
};
std::array<StopTime, stop_rounds> stop_times(std::chrono::milliseconds all);

}  // namespace master
