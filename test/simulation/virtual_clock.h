#pragma once
// Time that passes when the simulation says so; and may be set, as administrators and NTP do.

#include "clocks/clock.h"

namespace simulation {

using std::chrono::milliseconds;

class VirtualClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return wall_; }
    clocks::Steady steady() const override { return steady_; }
    void advance_to(clocks::Steady then) {
        if (then <= steady_) return;
        wall_ += then - steady_;
        steady_ = then;
    }
    void set_wall(milliseconds by) { wall_ += by; }

private:
    clocks::Wall wall_{std::chrono::seconds(1'700'000'000)};
    clocks::Steady steady_{std::chrono::hours(1)};
};

}  // namespace simulation
