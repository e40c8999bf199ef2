#pragma once
// Whether a neighbour outside of this server is worth asking: after several failures on end it is left alone, and tried
// again only now and then, by one question at a time, so that one who is dead costs milliseconds.
//
// Pure: the time is the caller's.

#include <chrono>

namespace policyd {

class Breaker {
public:
    using Time = std::chrono::steady_clock::time_point;

    static constexpr int most_failures = 3;  // on end
    static constexpr std::chrono::seconds first_rest{5};
    static constexpr std::chrono::seconds longest_rest{60};

    /// Whether to ask now; if so, exactly one of succeeded() and failed() follows.
    bool may_ask(Time now);
    void succeeded() { *this = {}; }
    void failed(Time now);

    bool is_resting(Time now) const { return failures_ >= most_failures && (is_tried_ || now < rests_until_); }

private:
    int failures_ = 0;
    bool is_tried_ = false;  // a question is under way that decides
    std::chrono::seconds rest_ = first_rest;
    Time rests_until_{};
};

}  // namespace policyd
