#include "qmgr/age.h"

#include <algorithm>

namespace qmgr {

void Ages::observe() {
    const auto wall = clock_.wall();
    const auto steady = clock_.steady();
    const milliseconds skipped = (wall - wall_) - (steady - steady_);
    if (skipped > least_leap) {
        if (leaps_.size() == most_leaps) {
            leaps_[1].skipped += leaps_[0].skipped;
            leaps_.erase(leaps_.begin());
        }
        leaps_.push_back({wall.time_since_epoch().count() - skipped.count(), skipped});
    }
    wall_ = wall;
    steady_ = steady;
}

milliseconds Ages::age(std::int64_t arrived) const {
    milliseconds age(clock_.wall().time_since_epoch().count() - arrived);
    for (const auto& leap : leaps_)
        if (arrived <= leap.before) age -= leap.skipped;
    return std::max(age, milliseconds(0));
}

}  // namespace qmgr
