#include "master/stop_times.h"

#include <algorithm>

namespace master {

std::array<StopTime, stop_rounds> stop_times(std::chrono::milliseconds all) {
    using std::chrono::milliseconds;
    const auto after_the_edges = std::min(milliseconds(1000), all / 4);
    const auto after_qmgr = std::min(milliseconds(300), all / 10);
    const auto leave = std::min(milliseconds(200), all / 20);
    return {{{all - after_the_edges, leave}, {all - after_qmgr, leave}, {all, leave}}};
}

}  // namespace master
