#pragma once
// Who may not come in for the time being: what directory tells those who keep the doors. When it is gone, they go by
// what it said last.

#include <cstddef>
#include <map>

#include "clocks/clock.h"
#include "ip/address.h"

namespace entrance {

class Bars {
public:
    static constexpr std::size_t most = 200'000;  // as many as directory remembers

    void bar(const ip::Network& network, clocks::Steady until, clocks::Steady now);
    void lift_all() { until_.clear(); }
    /// By its own network: an IPv4 address, an IPv6 /64.
    bool is_barred(const ip::Address& client, clocks::Steady now) const;

private:
    std::map<ip::Network, clocks::Steady> until_;
};

}  // namespace entrance
