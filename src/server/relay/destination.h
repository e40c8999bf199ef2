#pragma once
// A destination, as qmgr names it: where mail is to be taken, before anybody is asked which hosts that means.
// RFC 5321 §5.1 (by MX), RFC 2033 (LMTP).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "site/relay.h"
#include "smtp/receiver.h"

namespace relay {

struct ByMx {
    std::string domain;                   // A-labels, or an address literal
    std::optional<site::RelayTls> tls{};  // not set: as the settings have it
    bool operator==(const ByMx&) const = default;
};
struct ByHost {
    smtp::Protocol protocol = smtp::Protocol::Smtp;
    std::string host;  // a name or an address without brackets; no MX is looked up
    std::uint16_t port = 25;
    bool is_implicit_tls = false;  // RFC 8314 §3.3
    std::optional<site::RelayTls> tls{};
    std::string user{};  // whom we log in as; empty: nobody
    bool operator==(const ByHost&) const = default;
};
struct BySocket {  // LMTP on a local socket
    std::string path;
    bool operator==(const BySocket&) const = default;
};
using Destination = std::variant<ByMx, ByHost, BySocket>;

/// "mx:example.org", "smtp:mx.example.org:25", "smtp:[2001:db8::1]:25", "lmtp:127.0.0.1:24", "lmtp:/run/lmtp",
/// "smtps:mx.example.org:465"; behind all but the path, a demand on encryption: "mx:example.org/verified"; behind a
/// host reached by SMTP, whom we log in as: "smtp:mail.example.net:587/verified as ann@example.org".
std::optional<Destination> parse_destination(std::string_view text);
std::string to_text(const Destination& destination);

smtp::Protocol protocol_of(const Destination& destination);
std::optional<site::RelayTls> tls_of(const Destination& destination);
/// Whom we have to log in as; empty: nobody.
std::string_view user_of(const Destination& destination);

}  // namespace relay
