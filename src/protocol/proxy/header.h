#pragma once
// PROXY protocol version 2: who the client really is, said by a load balancer in front of us.
// https://www.haproxy.org/download/3.0/doc/proxy-protocol.txt §2.2.
//
// Only for listeners that ask for it and peers that are trusted; for anybody else the same octets are line noise.
// Version 1, a line of text, is refused: it cannot be told from a client's own words.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string_view>

#include "ip/address.h"

namespace proxy {

/// Hostile: the length field can say 65535; addresses and the TLVs in use fit in far less.
constexpr std::size_t longest_header = 4096;

struct Header {
    std::size_t length = 0;  // octets; the conversation begins behind them
    /// Who connected to whom. None: a health check of the proxy itself (LOCAL), or a client it cannot name (UNSPEC);
    /// then the connection's own addresses count.
    std::optional<ip::Endpoint> client;
    std::optional<ip::Endpoint> server;

    bool operator==(const Header&) const = default;
};

enum class Error : std::uint8_t {
    NotProxy,  // another signature
    Version1,  // "PROXY TCP4 …"
    BadVersion,
    BadCommand,   // neither LOCAL nor PROXY
    BadFamily,    // not TCP over IPv4 or IPv6
    BadLength,    // too short for its addresses, or over longest_header
    BadTlv,       // an extension that reaches beyond the header
    BadChecksum,  // PP2_TYPE_CRC32C does not match (§2.2.2)
};
std::string_view describe(Error error);

/// Reads the header at the front of what has arrived; nullopt: more octets are needed. An error is final.
std::expected<std::optional<Header>, Error> parse_header(std::string_view octets);

}  // namespace proxy
