#pragma once
// How many connections each client has. One machine must not take the place of all others, nor one network of machines:
// counted by address and by /24 for IPv4, by /64 (one customer has that many addresses) and by /48 for IPv6.

#include <cstddef>
#include <map>

#include "ip/address.h"

namespace entrance {

class Clients {
public:
    struct Most {
        std::size_t per_client = 0;
        std::size_t per_network = 0;
    };

    /// Counts one more connection, unless the client or its neighbourhood has its share already.
    bool enter(const ip::Address& client, Most most);
    void leave(const ip::Address& client);
    bool is_empty() const { return connections_.empty(); }

private:
    std::map<ip::Network, std::size_t> connections_;
};

}  // namespace entrance
