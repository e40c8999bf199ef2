#include "lists/health.h"

#include <utility>

namespace lists {
namespace {

using State = Health::State;

void enter(Health& health, State state, std::int64_t now) {
    health.state = state;
    health.since = now;
}

bool is_time(const Health& health, std::int64_t now) { return now - health.since >= patience; }

}  // namespace

Remedy posting_came_back(Health& health, std::int64_t now) {
    const auto last = std::exchange(health.last, now);
    if (health.state == State::Fine) {
        health.bounces = 1;
        enter(health, State::Bouncing, now);
        return Remedy::None;
    }
    ++health.bounces;
    if (health.state != State::Bouncing) return time_went_by(health, now);
    if (now - last >= patience) {  // it went well in between
        health.bounces = 1;
        enter(health, State::Bouncing, now);
        return Remedy::None;
    }
    if (!is_time(health, now)) return Remedy::None;
    enter(health, State::Warned, now);
    return Remedy::Warn;
}

Remedy warning_came_back(Health& health, std::int64_t now) {
    if (health.state == State::Warned) enter(health, State::WarningCameBack, now);
    return Remedy::None;
}

Remedy probe_came_back(Health& health, std::int64_t) {
    return health.state == State::Probed ? Remedy::Drop : Remedy::None;
}

Remedy time_went_by(Health& health, std::int64_t now) {
    if (health.state == State::Fine || !is_time(health, now)) return Remedy::None;
    if (health.state == State::WarningCameBack) {
        enter(health, State::Probed, now);
        return Remedy::Probe;
    }
    // Bouncing: and then no more.
    if (health.state == State::Bouncing && now - health.last < patience) return Remedy::None;
    health = Health();
    return Remedy::None;
}

}  // namespace lists
