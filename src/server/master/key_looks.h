#pragma once
// What policyd finds of the records of our keys, look by look, and when the keys are carried on by it.
//
// Pure. Hostile: policyd sees mail of strangers. What it tells makes a key sign early, or not, and each of its looks
// has a process read all the keys: so there is an end to what is kept, and to how often that happens.

#include <chrono>
#include <cstddef>
#include <vector>

#include "master/plan.h"

namespace master {

class KeyLooks {
public:
    using Time = std::chrono::steady_clock::time_point;
    static constexpr std::size_t most_sightings = 100'000;  // of one look; what comes beyond waits for another
    static constexpr std::chrono::seconds pace{60};         // from one turn of the keys to the next

    /// policyd is another process now: what the one before saw does not count.
    void forget();
    void note(const Sighting& sighting);
    /// The look that is under way is over. When the keys are to be turned by it: perhaps now.
    Time end(Time now);
    /// The keys are turned now: by what was seen last.
    std::vector<Sighting> take(Time now);
    /// Somebody who may has had the configuration read again: the look that is under way, and the one that follows
    /// from it, need not wait.
    void hurry() { without_wait_ = looks_without_wait; }

private:
    static constexpr int looks_without_wait = 2;

    std::vector<Sighting> under_way_;
    std::vector<Sighting> seen_;
    int without_wait_ = looks_without_wait;
    Time next_turn_ = Time::min();
};

}  // namespace master
