#pragma once
// The name under which an address has its names. RFC 1035 §3.5, RFC 3596 §2.5.

#include "dns/name.h"
#include "ip/address.h"

namespace dns {

/// "1.2.0.192.in-addr.arpa", "1.0.0.….ip6.arpa".
Name reverse_name(const ip::Address& address);

}  // namespace dns
