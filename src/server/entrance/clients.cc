#include "entrance/clients.h"

#include "ip/prefix.h"

namespace entrance {
bool Clients::enter(const ip::Address& client, Most most) {
    auto& own = connections_[ip::client_of(client)];
    auto& neighbours = connections_[ip::neighbourhood_of(client)];
    ++own;
    ++neighbours;
    if (own <= most.per_client && neighbours <= most.per_network) return true;
    leave(client);
    return false;
}

void Clients::leave(const ip::Address& client) {
    for (const auto& network : {ip::client_of(client), ip::neighbourhood_of(client)}) {
        auto found = connections_.find(network);
        if (found != connections_.end() && --found->second == 0) connections_.erase(found);
    }
}

}  // namespace entrance
