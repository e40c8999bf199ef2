#include "policyd/breaker.h"

#include <algorithm>

namespace policyd {

bool Breaker::may_ask(Time now) {
    if (failures_ < most_failures) return true;
    if (is_resting(now)) return false;
    is_tried_ = true;
    return true;
}

void Breaker::failed(Time now) {
    if (++failures_ < most_failures) return;
    if (is_tried_) rest_ = std::min(2 * rest_, longest_rest);
    is_tried_ = false;
    rests_until_ = now + rest_;
}

}  // namespace policyd
