#pragma once
// Sets of IP networks, out of which smaller ones can be taken: "192.0.2. may relay, but not 192.0.2.7". And networks as
// tcprules(1) and spamdyke write them.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "ip/address.h"

namespace import {

/// Hostile: each exception divides a network into as many as 128, and there may be many. A set that is full takes no
/// more in, and gives up a network rather than divide it.
class Networks {
public:
    void add(const ip::Network& network);
    /// What is in it is no more in the set; larger networks are divided around it.
    void take_out(const ip::Network& hole);
    const std::vector<ip::Network>& list() const { return list_; }
    bool is_incomplete() const { return is_incomplete_; }

private:
    bool is_full() const;

    std::vector<ip::Network> list_;
    bool is_incomplete_ = false;
};

/// "192.0.2.1", "192.0.2.", "192.0.2.8-15", "192.0.2.0/24", "192.0.2.0/255.255.255.0", IPv6 as ip::parse_network reads
/// it. `dot_is_optional`: "192.0.2" is 192.0.2.0/24 too. nullopt: something else.
std::optional<std::vector<ip::Network>> parse_pattern(std::string_view text, bool dot_is_optional);

std::vector<std::string> to_texts(const Networks& networks);

}  // namespace import
