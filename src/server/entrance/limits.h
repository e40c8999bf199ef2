#pragma once
// How much of the server's limits one process of several keeps to, and who speaks for others.

#include <algorithm>
#include <cstdint>
#include <optional>

#include "ip/address.h"
#include "site/client_rules.h"
#include "site/limits.h"
#include "site/listen.h"

namespace entrance {

/// The kernel spreads connections over the processes by chance, and each counts its own: somewhat more than an equal
/// part, so that chance refuses nobody who keeps to the limit.
inline std::uint32_t share(std::uint32_t limit, std::size_t siblings) {
    if (siblings <= 1) return limit;
    return static_cast<std::uint32_t>(limit * std::uint64_t{5} / 4 / siblings + 2);
}

inline void take_share(site::Limits& limits, std::size_t siblings) {
    for (auto* limit : {&limits.connections, &limits.connections_per_client, &limits.connections_per_network})
        *limit = share(*limit, siblings);
}

inline void take_share(site::ClientRules& rules, std::size_t siblings) {
    for (auto& rule : rules)
        if (rule.connections > 0) rule.connections = share(rule.connections, siblings);
}

inline bool is_proxy(const site::Listen& listen, const std::optional<ip::Endpoint>& client) {
    return client && std::ranges::any_of(listen.proxies,
                                         [&](const ip::Network& network) { return network.contains(client->address); });
}

}  // namespace entrance
