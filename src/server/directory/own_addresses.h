#pragma once
// Which IP addresses are this machine's: "[192.0.2.1]" in an address means us where it is one of them (RFC 5321
// §4.1.3).

#include <vector>

#include "ip/address.h"
#include "site/listen.h"

namespace directory {

/// Of the network interfaces now, and of the listeners.
std::vector<ip::Address> own_addresses(const std::vector<site::Listen>& listen);

}  // namespace directory
