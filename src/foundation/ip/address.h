#pragma once
// IP addresses, networks and endpoints as values: who connects, whom we connect to, who may relay.
// RFC 4291 §2.2 (IPv6 text), RFC 5952 (the one way to print it), RFC 4632 §3.1 (prefixes).
//
// No sockets here. An IPv4 address is four octets and never equals its IPv4-mapped IPv6 form; callers that take
// addresses from a dual-stack socket say unmapped() first.

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>

namespace ip {

enum class Family : std::uint8_t { V4, V6 };

struct Address {
    Family family = Family::V4;
    std::array<std::uint8_t, 16> octets{};  // network order; V4 uses the first four, the others are zero

    bool is_v4() const { return family == Family::V4; }
    bool is_v6() const { return family == Family::V6; }
    int bits() const { return is_v4() ? 32 : 128; }

    bool is_unspecified() const;  // 0.0.0.0, ::
    bool is_loopback() const;     // 127.0.0.0/8, ::1
    bool is_private() const;      // RFC 1918, RFC 4193
    bool is_link_local() const;   // 169.254.0.0/16, fe80::/10
    bool is_multicast() const;
    /// ::ffff:192.0.2.1 becomes 192.0.2.1; anything else is returned as it is (RFC 4291 §2.5.5.2).
    Address unmapped() const;

    auto operator<=>(const Address&) const = default;
};
constexpr auto fields(const Address*) { return std::tuple{&Address::family, &Address::octets}; }

Address v4(std::uint32_t host_order);
Address v4(std::array<std::uint8_t, 4> octets);
Address v6(std::array<std::uint8_t, 16> octets);

/// "192.0.2.1" (four decimal numbers, no leading zeros) or RFC 4291 §2.2; no brackets, no zone.
std::optional<Address> parse_address(std::string_view text);
std::string to_text(const Address& address);  // RFC 5952 §4

/// An address with the number of leading bits that count.
struct Network {
    Address address;
    int prefix_length = 32;

    bool contains(const Address& candidate) const;  // false across families
    auto operator<=>(const Network&) const = default;
};
constexpr auto fields(const Network*) { return std::tuple{&Network::address, &Network::prefix_length}; }

/// "192.0.2.0/24", "2001:db8::/32", or an address alone. Bits behind the prefix are cleared.
std::optional<Network> parse_network(std::string_view text);
std::string to_text(const Network& network);

/// Where something listens.
struct Endpoint {
    Address address;
    std::uint16_t port = 0;

    auto operator<=>(const Endpoint&) const = default;
};
constexpr auto fields(const Endpoint*) { return std::tuple{&Endpoint::address, &Endpoint::port}; }

/// "192.0.2.1:25", "[2001:db8::1]:25".
std::optional<Endpoint> parse_endpoint(std::string_view text);
std::string to_text(const Endpoint& endpoint);

/// What stands between the brackets of an address literal: "192.0.2.1", "IPv6:2001:db8::1" (RFC 5321 §4.1.3).
std::optional<Address> parse_address_literal(std::string_view inside);
std::string address_literal(const Address& address);  // with brackets: "[IPv6:2001:db8::1]"

}  // namespace ip
