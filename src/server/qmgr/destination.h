#pragma once
// The places mail goes to, and how each of them is doing.
//
// Each destination has a line of tasks that are ready, a window of attempts it may have at a time, and a memory of
// being out of reach. The window opens by one with each success and closes by half when the other side is busy; a
// destination that could not be reached twice in succession rests, a minute at first, an hour in the end, and is then
// tried by a single attempt. Those in its line do not spend their own attempts meanwhile.
//
// Turns: whoever has a ready task and room in its window stands in the round; each gets one attempt a turn. So a
// destination with a hundred thousand messages, or one that takes a minute for each, never holds up another.

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "clocks/clock.h"
#include "qmgr/inbox.h"
#include "qmgr/place.h"
#include "qmgr/retry.h"

namespace qmgr {

/// First in, first out, without the half kilobyte an empty std::deque takes.
class Line {
public:
    bool is_empty() const { return head_ == tasks_.size(); }
    std::size_t size() const { return tasks_.size() - head_; }
    const TaskName& operator[](std::size_t i) const { return tasks_[head_ + i]; }
    void push(TaskName task) { tasks_.push_back(task); }
    TaskName pop();

private:
    std::vector<TaskName> tasks_;
    std::size_t head_ = 0;
};

/// Who carries out attempts for it.
enum class Way : std::uint8_t { Local, Relay, Ourselves };

struct DestinationState {
    std::string key;
    Way way = Way::Relay;
    Line ready;
    std::uint32_t tasks = 0;  // how many carry its number
    std::uint32_t in_flight = 0;
    std::uint32_t window = 0;
    std::uint32_t failures = 0;  // in succession
    clocks::Steady failed_at;    // the last of them
    clocks::Steady rests_until;
    std::uint8_t last_process = 0;  // who had the last attempt: connections to it are open there
    std::uint64_t told = 0;         // relays that know how many connections they may have
    bool in_round = false;

    bool rests(clocks::Steady now) const { return rests_until > now; }
    bool is_down() const { return rests_until != clocks::Steady(); }
};

/// What an attempt changed.
enum class Turn : std::uint8_t { None, Down, Up };

class Destinations {
public:
    struct Limits {
        std::uint32_t first_window = 5;
        std::uint32_t widest_window = 40;
        std::uint32_t failures_until_rest = 2;
        milliseconds shortest_rest = std::chrono::minutes(1);
        milliseconds longest_rest = std::chrono::hours(1);
    };

    explicit Destinations(Limits limits) : limits_(limits), slots_(1) {}
    void set(Limits limits) { limits_ = limits; }

    /// Its number, and one more task that carries it.
    DestinationNumber join(std::string_view key);
    void join(DestinationNumber number) { ++slots_[number].tasks; }
    /// One task fewer; without any, and nothing to remember, it is forgotten.
    void leave(DestinationNumber number, clocks::Steady now);

    DestinationState& operator[](DestinationNumber number) { return slots_[number]; }
    const DestinationState& operator[](DestinationNumber number) const { return slots_[number]; }
    std::size_t slots() const { return slots_.size(); }  // numbers are below this
    std::size_t known() const { return numbers_.size(); }
    std::size_t count_resting(clocks::Steady now) const;

    /// Into the round where it has something to do and may.
    void stand_in_round(DestinationNumber number, clocks::Steady now);
    /// The next whose turn it is, out of the round; give it back by stand_in_round().
    std::optional<DestinationNumber> next(Way way, clocks::Steady now);
    bool may_start(DestinationNumber number, clocks::Steady now) const;

    void started(DestinationNumber number) { ++slots_[number].in_flight; }
    /// What an attempt that began at `began` told of it. Down: it rests from now on, until rests_until.
    Turn finished(DestinationNumber number, Destination told, clocks::Steady began, clocks::Steady now, Random& random);
    /// An attempt that told nothing.
    void lost(DestinationNumber number) { --slots_[number].in_flight; }
    /// An administrator wants it tried now.
    void wake(DestinationNumber number);
    void forget_if_idle(DestinationNumber number, clocks::Steady now);

private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view key) const { return std::hash<std::string_view>()(key); }
    };

    Turn note_unreachable(DestinationState& state, clocks::Steady began, clocks::Steady now, Random& random);
    std::deque<DestinationNumber>& round(Way way) { return rounds_[static_cast<std::size_t>(way)]; }

    Limits limits_;
    std::deque<DestinationState> slots_;  // [0] is nobody
    std::vector<DestinationNumber> free_;
    std::unordered_map<std::string, DestinationNumber, Hash, std::equal_to<>> numbers_;
    std::deque<DestinationNumber> rounds_[3];
};

}  // namespace qmgr
