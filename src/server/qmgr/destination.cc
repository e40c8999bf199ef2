#include "qmgr/destination.h"

#include <algorithm>

#include "lang/verify.h"

namespace qmgr {
namespace {

Way way_to(std::string_view key) {
    if (key.starts_with("local:")) return Way::Local;
    if (key == "discard" || key == "loop:" || key.starts_with("error:")) return Way::Ourselves;
    return Way::Relay;
}

}  // namespace

TaskName Line::pop() {
    const TaskName task = tasks_[head_++];
    if (head_ == tasks_.size()) {
        tasks_.clear();
        head_ = 0;
        if (tasks_.capacity() > 1024) tasks_.shrink_to_fit();
    } else if (head_ > 1024 && head_ > tasks_.size() / 2) {
        tasks_.erase(tasks_.begin(), tasks_.begin() + static_cast<std::ptrdiff_t>(head_));
        head_ = 0;
    }
    return task;
}

DestinationNumber Destinations::join(std::string_view key) {
    if (const auto known = numbers_.find(key); known != numbers_.end()) {
        join(known->second);
        return known->second;
    }
    DestinationNumber number;
    if (free_.empty()) {
        VERIFY(slots_.size() < most_destinations);
        number = static_cast<DestinationNumber>(slots_.size());
        slots_.emplace_back();
    } else {
        number = free_.back();
        free_.pop_back();
    }
    auto& state = slots_[number];
    state = DestinationState{};
    state.key = key;
    state.way = way_to(key);
    state.window = limits_.first_window;
    state.tasks = 1;
    numbers_.emplace(key, number);
    return number;
}

void Destinations::leave(DestinationNumber number, clocks::Steady now) {
    auto& state = slots_[number];
    VERIFY(state.tasks > 0);
    --state.tasks;
    forget_if_idle(number, now);
}

void Destinations::forget_if_idle(DestinationNumber number, clocks::Steady now) {
    auto& state = slots_[number];
    if (state.key.empty() || state.tasks > 0 || state.in_flight > 0 || state.in_round || state.rests(now)) return;
    numbers_.erase(state.key);
    state = DestinationState{};
    free_.push_back(number);
}

bool Destinations::may_start(DestinationNumber number, clocks::Steady now) const {
    const auto& state = slots_[number];
    if (state.way == Way::Ourselves) return true;
    if (state.rests(now)) return false;
    return state.in_flight < (state.is_down() ? 1 : state.window);  // down: one probe
}

std::size_t Destinations::count_resting(clocks::Steady now) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(slots_, [&](const auto& state) { return !state.key.empty() && state.rests(now); }));
}

void Destinations::stand_in_round(DestinationNumber number, clocks::Steady now) {
    auto& state = slots_[number];
    if (state.in_round || state.ready.is_empty() || !may_start(number, now)) return;
    state.in_round = true;
    round(state.way).push_back(number);
}

std::optional<DestinationNumber> Destinations::next(Way way, clocks::Steady now) {
    auto& waiting = round(way);
    while (!waiting.empty()) {
        const auto number = waiting.front();
        waiting.pop_front();
        slots_[number].in_round = false;
        if (!slots_[number].ready.is_empty() && may_start(number, now)) return number;
        forget_if_idle(number, now);
    }
    return std::nullopt;
}

Turn Destinations::finished(DestinationNumber number, Destination told, clocks::Steady began, clocks::Steady now,
                            Random& random) {
    auto& state = slots_[number];
    VERIFY(state.in_flight > 0);
    --state.in_flight;
    if (told == Destination::Unreachable) return note_unreachable(state, began, now, random);
    const bool was_down = state.is_down();
    state.failures = 0;
    state.rests_until = {};
    if (told == Destination::Busy)
        state.window = std::max(state.window / 2, 1U);
    else
        state.window = std::min(state.window + 1, limits_.widest_window);
    return was_down ? Turn::Up : Turn::None;
}

Turn Destinations::note_unreachable(DestinationState& state, clocks::Steady began, clocks::Steady now, Random& random) {
    state.window = 1;
    // Attempts that were under way together found the same thing out, once.
    if (state.failures > 0 && began < state.failed_at) return Turn::None;
    ++state.failures;
    state.failed_at = now;
    if (state.failures < limits_.failures_until_rest) return Turn::None;
    const auto doublings = std::min(state.failures - limits_.failures_until_rest, 20U);
    const auto rest = std::min(limits_.shortest_rest * (1 << doublings), limits_.longest_rest);
    state.rests_until = now + std::max(spread(rest, random), milliseconds(1));
    return Turn::Down;
}

void Destinations::wake(DestinationNumber number) {
    auto& state = slots_[number];
    if (state.is_down()) state.rests_until = clocks::Steady(milliseconds(1));  // over, and still down: one probe
}

}  // namespace qmgr
