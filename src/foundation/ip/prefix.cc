#include "ip/prefix.h"

namespace ip {

Network prefix(const Address& address, int length) {
    Network network{address, length};
    for (int bit = length; bit < address.bits(); ++bit) {
        auto& octet = network.address.octets[static_cast<std::size_t>(bit / 8)];
        octet = static_cast<std::uint8_t>(octet & ~(0x80 >> bit % 8));
    }
    return network;
}

Network client_of(const Address& address) { return prefix(address, address.is_v4() ? 32 : 64); }
Network neighbourhood_of(const Address& address) { return prefix(address, address.is_v4() ? 24 : 48); }

}  // namespace ip
