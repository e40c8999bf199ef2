#pragma once
// The network that an address is in, by the number of bits that somebody is given: for counting clients.

#include "ip/address.h"

namespace ip {

/// The first `length` bits of it, the others cleared.
Network prefix(const Address& address, int length);

/// One client: an IPv4 address, or an IPv6 /64, of which a customer has all addresses.
Network client_of(const Address& address);
/// Those who may be one client in truth: an IPv4 /24, an IPv6 /48.
Network neighbourhood_of(const Address& address);

}  // namespace ip
