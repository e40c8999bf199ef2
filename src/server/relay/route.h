#pragma once
// From a destination to the places that may take its mail, in the order to try them. RFC 5321 §5.1.
//
// Nothing is kept here: the resolver has a cache that knows every record's own time to live, and is asked once for each
// connection, not for each message.

#include <cstdint>
#include <expected>
#include <string>
#include <variant>
#include <vector>

#include "dns/exchangers.h"
#include "relay/destination.h"
#include "resolver/resolver.h"
#include "site/relay.h"

namespace relay {

/// One address of one host, or a local socket.
struct Place {
    std::string host;  // "mx.example.net"; empty where only an address or a path was given
    std::variant<ip::Endpoint, std::string> where;
    std::uint16_t preference = 0;

    bool operator==(const Place&) const = default;
};
/// "mx.example.net[192.0.2.1]:25", "[192.0.2.1]:25", "/run/lmtp".
std::string to_text(const Place& place);

using Route = std::expected<std::vector<Place>, dns::NoRoute>;

struct Directions {
    dns::Ourselves ourselves;
    std::uint64_t seed = 0;  // shuffles exchangers of equal preference
    std::uint16_t exchanger_port = 25;
    site::AddressFamilies families = site::AddressFamilies::Both;
};

/// Asks what must be asked.
net::Task<Route> find_route(Destination destination, Directions directions, resolver::Resolver& resolver);

}  // namespace relay
