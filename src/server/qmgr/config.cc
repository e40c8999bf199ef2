#include "qmgr/config.h"

#include <algorithm>

namespace qmgr {
namespace {

constexpr std::uint32_t most_blobs = 20'000;  // of one process: each is an open file

}  // namespace

Settings settings_of(const Config& config) {
    Settings out;
    out.hostname = config.hostname;
    out.lifetime = config.queue.lifetime;
    out.bounce_lifetime = config.queue.bounce_lifetime;
    out.first_retry = config.queue.first_retry;
    out.longest_retry = config.queue.longest_retry;
    out.delay_notice = config.queue.delay_notice;
    out.double_bounce_to = config.queue.double_bounce_to;
    out.connections_per_destination = config.relay.connections_per_destination;
    out.blobs_per_submitter = std::min(config.limits.connections, most_blobs);
    switch (config.loops.policy) {
        case site::LoopPolicy::Bounce: out.loops = LoopPolicy::Bounce; break;
        case site::LoopPolicy::Discard: out.loops = LoopPolicy::Discard; break;
        case site::LoopPolicy::Hold: out.loops = LoopPolicy::Hold; break;
        case site::LoopPolicy::Deliver: out.loops = LoopPolicy::Deliver; break;
    }
    out.max_hops = config.loops.max_hops;
    out.routes = config.route;
    return out;
}

}  // namespace qmgr
