#pragma once
// When to try again. RFC 5321 §4.5.4.1: soon at first, then ever more rarely, for several days.
//
// The wait grows by half each time, from first_retry to longest_retry. It is spread by a tenth either way, so that
// what failed together does not come back together.

#include <chrono>
#include <cstdint>

namespace qmgr {

using std::chrono::milliseconds;

/// A random number, injected: the real one is seeded from the system, the simulator's from its seed.
class Random {
public:
    virtual ~Random() = default;
    virtual std::uint64_t next() = 0;
};

class RetrySchedule {
public:
    RetrySchedule(milliseconds first, milliseconds longest) : first_(first), longest_(longest) {}

    /// After the attempt with this number, counted from 1.
    milliseconds wait_after(std::uint32_t attempts) const;

    /// How many attempts an undisturbed schedule makes in that time.
    std::uint32_t attempts_within(milliseconds time) const;

private:
    milliseconds first_;
    milliseconds longest_;
};

/// 90 % to 110 % of it.
milliseconds spread(milliseconds wait, Random& random);

}  // namespace qmgr
