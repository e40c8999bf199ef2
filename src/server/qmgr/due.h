#pragma once
// The clockwork of the queue: what is to be looked at, and when. A heap of small marks, 24 octets each, because a
// million messages may wait.
//
// Marks are hints. Nothing is ever taken out of the middle: whoever meets a mark asks the spool whether it still means
// anything. Times are of the steady clock, so setting the wall clock neither delays mail nor sets off all of it.

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "clocks/clock.h"

namespace qmgr {

struct Mark {
    std::int64_t when = 0;    // clocks::Steady, in milliseconds
    std::uint64_t id = 0;     // a message; 0: a destination that rests until then
    std::uint32_t task = 0;   // of the message; or the destination's number
    std::uint32_t stamp = 0;  // low bits of Task::due, by which an outdated mark is told

    bool is_later_than(const Mark& other) const { return when > other.when; }
};
static_assert(sizeof(Mark) == 24);

class DueMarks {
public:
    void add(const Mark& mark) {
        marks_.push_back(mark);
        std::ranges::push_heap(marks_, later);
    }
    /// Many at once, when the queue starts.
    void add_unordered(const Mark& mark) { marks_.push_back(mark); }
    void order() { std::ranges::make_heap(marks_, later); }

    std::optional<Mark> take(clocks::Steady now) {
        if (marks_.empty() || marks_.front().when > now.time_since_epoch().count()) return std::nullopt;
        std::ranges::pop_heap(marks_, later);
        const Mark mark = marks_.back();
        marks_.pop_back();
        return mark;
    }
    std::optional<clocks::Steady> first() const {
        if (marks_.empty()) return std::nullopt;
        return clocks::Steady(std::chrono::milliseconds(marks_.front().when));
    }

    std::size_t size() const { return marks_.size(); }
    void reserve(std::size_t count) { marks_.reserve(count); }
    void clear() { marks_.clear(); }
    template <typename Means>
    void drop_unless(Means means_something) {
        std::erase_if(marks_, [&](const Mark& mark) { return !means_something(mark); });
        order();
    }

private:
    static constexpr auto later = [](const Mark& a, const Mark& b) { return a.is_later_than(b); };
    std::vector<Mark> marks_;
};

}  // namespace qmgr
