#include "master/key_looks.h"

#include <algorithm>
#include <utility>

namespace master {

void KeyLooks::forget() {
    under_way_.clear();
    seen_.clear();
}

void KeyLooks::note(const Sighting& sighting) {
    if (under_way_.size() < most_sightings) under_way_.push_back(sighting);
}

KeyLooks::Time KeyLooks::end(Time now) {
    seen_ = std::exchange(under_way_, {});
    if (without_wait_ > 0) {
        --without_wait_;
        return now;
    }
    return std::max(now, next_turn_);
}

std::vector<Sighting> KeyLooks::take(Time now) {
    next_turn_ = now + pace;
    return std::exchange(seen_, {});
}

}  // namespace master
