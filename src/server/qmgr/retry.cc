#include "qmgr/retry.h"

#include <algorithm>

namespace qmgr {

milliseconds RetrySchedule::wait_after(std::uint32_t attempts) const {
    milliseconds wait = std::min(first_, longest_);
    for (std::uint32_t i = 1; i < attempts && wait < longest_; ++i)
        wait = std::min(wait + wait / 2 + milliseconds(1), longest_);
    return wait;
}

std::uint32_t RetrySchedule::attempts_within(milliseconds time) const {
    std::uint32_t attempts = 1;
    milliseconds passed(0);
    while (attempts < 1000) {
        passed += std::max(wait_after(attempts), milliseconds(1));
        if (passed > time) break;
        ++attempts;
    }
    return attempts;
}

milliseconds spread(milliseconds wait, Random& random) {
    const auto tenth = static_cast<std::uint64_t>(std::max<std::int64_t>(wait.count() / 10, 0));
    if (tenth == 0) return wait;
    const auto offset = static_cast<std::int64_t>(random.next() % (2 * tenth + 1));
    return wait + milliseconds(offset - static_cast<std::int64_t>(tenth));
}

}  // namespace qmgr
