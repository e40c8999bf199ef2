#pragma once
// Misdeeds of one client, one network, or against one account, which wear off; and the ban that follows. Pure.

#include <chrono>

#include "clocks/clock.h"
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

}  // namespace directory
