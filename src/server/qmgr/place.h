#pragma once
// Where a task of the queue stands, kept in the 32 bits that the spool leaves to us (spool::Task::destination).

#include <compare>
#include <cstdint>

#include "spool/spool.h"

namespace qmgr {

enum class State : std::uint8_t {
    Waiting,   // until its mark is due; or held, or done
    Ready,     // in its destination's line
    InFlight,  // given out, or its outcome is being written down
};

using DestinationNumber = std::uint32_t;
constexpr DestinationNumber unknown_destination = 0;
constexpr DestinationNumber most_destinations = (1U << 30) - 1;

struct Place {
    State state = State::Waiting;
    DestinationNumber destination = unknown_destination;
    bool operator==(const Place&) const = default;
};

constexpr Place place_of(const spool::Task& task) {
    return {static_cast<State>(task.destination >> 30), task.destination & most_destinations};
}
constexpr void put(spool::Task& task, Place place) {
    task.destination = static_cast<std::uint32_t>(place.state) << 30 | place.destination;
}

/// One task of one message, as the lines of destinations hold it.
struct TaskName {
    std::uint64_t id = 0;
    std::uint32_t task = 0;
    auto operator<=>(const TaskName&) const = default;
};

}  // namespace qmgr
