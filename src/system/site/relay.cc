#include "site/relay.h"

#include <algorithm>

namespace site {

bool may_relay(const Relay& relay, const ip::Address& client) {
    const ip::Address address = client.unmapped();
    return std::ranges::any_of(relay.networks, [&](const ip::Network& network) { return network.contains(address); });
}

}  // namespace site
