#pragma once
// Misdeeds of one client, one network, or against one account, which wear off; and the ban that follows. Pure.

#include <chrono>
#include <vector>

#include "clocks/clock.h"
#include "directory/memory.h"
#include "ip/address.h"

namespace directory {

struct Ban {
    ip::Network network;
    clocks::Steady until;
    bool operator==(const Ban&) const = default;
};

class Tally {
public:
    /// A score of `limit` wears off in one window.
    struct Terms {
        double limit = 0;
        std::chrono::milliseconds window{0};
    };
    double score(const Terms& terms, clocks::Steady now) const;
    double add(const Terms& terms, clocks::Steady now);
    /// One of them is made good.
    void forgive(const Terms& terms, clocks::Steady now);
    bool is_reached(const Terms& terms, clocks::Steady now) const;

    /// Each ban that follows within a day lasts twice as long.
    void ban(std::chrono::milliseconds first, std::chrono::milliseconds longest, clocks::Steady now);
    clocks::Steady banned_until() const { return until_; }

private:
    double score_ = 0;
    clocks::Steady at_{};
    clocks::Steady until_{};
    unsigned bans_ = 0;
};

/// Those that hold now, by network. Each is kept under its network, alone or behind a blank: "192.0.2.1/32", "network
/// 192.0.2.1/32".
std::vector<Ban> bans_in(const Memory<Tally>& tallies, clocks::Steady now);
bool is_within(const ip::Network& banned, const ip::Network& within);

}  // namespace directory
