#include "smtpd/clients.h"

namespace smtpd {
namespace {

ip::Network prefix(const ip::Address& address, int length) {
    ip::Network network{address, length};
    for (int bit = length; bit < address.bits(); ++bit) {
        auto& octet = network.address.octets[static_cast<std::size_t>(bit / 8)];
        octet = static_cast<std::uint8_t>(octet & ~(0x80 >> bit % 8));
    }
    return network;
}

ip::Network client_of(const ip::Address& address) { return prefix(address, address.is_v4() ? 32 : 64); }
ip::Network neighbourhood_of(const ip::Address& address) { return prefix(address, address.is_v4() ? 24 : 48); }

}  // namespace

bool Clients::enter(const ip::Address& client, Most most) {
    auto& own = connections_[client_of(client)];
    auto& neighbours = connections_[neighbourhood_of(client)];
    ++own;
    ++neighbours;
    if (own <= most.per_client && neighbours <= most.per_network) return true;
    leave(client);
    return false;
}

void Clients::leave(const ip::Address& client) {
    for (const auto& network : {client_of(client), neighbourhood_of(client)}) {
        auto found = connections_.find(network);
        if (found != connections_.end() && --found->second == 0) connections_.erase(found);
    }
}

}  // namespace smtpd
