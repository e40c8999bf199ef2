#pragma once
// How long a message has been waiting, when the clock of the machine may be set at any time.
//
// A clock that jumps a year ahead must not make every message in the queue look a year old and be given up. So leaps of
// the wall clock against the steady one are noticed, and the time they skipped is not counted for messages that arrived
// before. (What happens across a restart cannot be seen here; that is why giving up also asks for a number of
// attempts.)

#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "clocks/clock.h"

namespace qmgr {

using std::chrono::milliseconds;

class Ages {
public:
    static constexpr milliseconds least_leap = std::chrono::minutes(1);  // less is the clock being disciplined
    static constexpr std::size_t most_leaps = 32;

    explicit Ages(const clocks::Clock& clock) : clock_(clock), wall_(clock.wall()), steady_(clock.steady()) {}

    /// To be called often.
    void observe();

    milliseconds age(std::int64_t arrived) const;

private:
    struct Leap {
        std::int64_t before;  // messages that arrived before this were there
        milliseconds skipped;
    };

    const clocks::Clock& clock_;
    clocks::Wall wall_;
    clocks::Steady steady_;
    std::vector<Leap> leaps_;
};

}  // namespace qmgr
