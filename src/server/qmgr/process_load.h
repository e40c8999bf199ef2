#pragma once
// The relay and deliver processes, and how much each has in hand.

#include <algorithm>
#include <cstdint>
#include <vector>

#include "qmgr/peers.h"

namespace qmgr {

struct ProcessLoad {
    Peer peer;
    std::uint32_t attempts = 0;
    std::uint64_t octets = 0;  // of bodies that travelled in messages, not as descriptors
    bool is_leaving = false;   // it gave an attempt back: it gets no more
};

class Processes {
public:
    void add(Peer peer) { loads_.push_back({.peer = peer}); }
    void remove(Peer peer) {
        std::erase_if(loads_, [&](const ProcessLoad& load) { return load.peer == peer; });
    }
    bool has(Peer peer) const { return std::ranges::find(loads_, peer, &ProcessLoad::peer) != loads_.end(); }
    ProcessLoad* find(Peer peer) {
        const auto at = std::ranges::find(loads_, peer, &ProcessLoad::peer);
        return at == loads_.end() ? nullptr : &*at;
    }
    std::size_t count(process::Role role) const {
        return static_cast<std::size_t>(
            std::ranges::count(loads_, role, [](const ProcessLoad& load) { return load.peer.role; }));
    }

    /// The one with the fewest attempts that has room; among equals the preferred one. nullptr: all are busy.
    ProcessLoad* least_loaded(process::Role role, std::uint8_t preferred, std::uint32_t most_attempts,
                              std::uint64_t most_octets) {
        ProcessLoad* best = nullptr;
        for (auto& load : loads_) {
            if (load.peer.role != role || load.is_leaving) continue;
            if (load.attempts >= most_attempts || load.octets >= most_octets) continue;
            if (!best || load.attempts < best->attempts ||
                (load.attempts == best->attempts && load.peer.index == preferred))
                best = &load;
        }
        return best;
    }

private:
    std::vector<ProcessLoad> loads_;
};

}  // namespace qmgr
