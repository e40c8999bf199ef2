#pragma once
// A destination, as qmgr names it: where mail is to be taken, before anybody is asked which hosts that means.
// RFC 5321 §5.1 (by MX), RFC 2033 (LMTP).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "smtp/receiver.h"

namespace relay {

struct ByMx {
    std::string domain;  // A-labels, or an address literal
    bool operator==(const ByMx&) const = default;
};
struct ByHost {
    smtp::Protocol protocol = smtp::Protocol::Smtp;
    std::string host;  // a name or an address without brackets; no MX is looked up
    std::uint16_t port = 25;
    bool operator==(const ByHost&) const = default;
};
struct BySocket {  // LMTP on a local socket
    std::string path;
    bool operator==(const BySocket&) const = default;
};
using Destination = std::variant<ByMx, ByHost, BySocket>;

/// "mx:example.org", "smtp:mx.example.org:25", "smtp:[2001:db8::1]:25", "lmtp:127.0.0.1:24", "lmtp:/run/lmtp".
std::optional<Destination> parse_destination(std::string_view text);
std::string to_text(const Destination& destination);

smtp::Protocol protocol_of(const Destination& destination);

}  // namespace relay
