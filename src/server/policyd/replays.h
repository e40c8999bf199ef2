#pragma once
// Signatures that have come, and for how many: a message that a large provider has signed once can be sent to a million
// others by whoever got it, and every copy verifies.
//
// Pure: the clock is an argument. Bounded: of signatures the oldest are forgotten, and of recipients no more are kept
// than it takes to know that they are too many.

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "clocks/clock.h"

namespace policyd {

class Replays {
public:
    struct Limits {
        std::size_t signatures = 50'000;
        std::size_t recipients = 20;  // of one signature that are told apart
        std::chrono::seconds window{24 * 3600};
    };

    /// This signature (d= and b=) has come for these; returns for how many it has since it was first seen, repetitions
    /// for the same one not counted. Beyond the limit it says only that there are more.
    std::size_t count(std::string_view domain, std::string_view octets, const std::vector<std::string>& recipients,
                      const Limits& limits, clocks::Steady now);

    std::size_t size() const { return seen_.size(); }
    void forget_all();

private:
    struct Seen {
        clocks::Steady first;
        std::vector<std::uint32_t> recipients;  // hashes, in order
    };
    static constexpr std::size_t most_recipients = 8'000'000;  // of all signatures

    void make_room(const Limits& limits, clocks::Steady now);

    std::unordered_map<std::uint64_t, Seen> seen_;
    std::deque<std::uint64_t> in_order_;  // the first seen first
    std::size_t recipients_ = 0;
};

}  // namespace policyd
