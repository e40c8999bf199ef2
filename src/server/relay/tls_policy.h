#pragma once
// How a conversation with one place is to be encrypted: the one decision, from the settings, the route and what is
// known of the destination. What a domain publishes about its servers (DANE, MTA-STS) is to be heard here.

#include <string>

#include "relay/destination.h"
#include "relay/route.h"
#include "site/relay.h"
#include "smtp/sender.h"

namespace relay {

struct TlsPolicy {
    site::RelayTls use = site::RelayTls::Off;
    bool is_implicit = false;  // from the first octet on (RFC 8314)
    std::string name;          // that the server's certificate is looked at for
    std::string session_key;   // sessions are resumed within it

    /// Encryption without proof is better than none, and none better than no mail (RFC 7435).
    bool may_go_plain() const { return use <= site::RelayTls::Opportunistic && !is_implicit; }
    smtp::UseTls starttls() const;
    /// Instead, where encryption failed and may_go_plain().
    TlsPolicy without() const { return {}; }
};

TlsPolicy tls_policy_for(const Destination& destination, const Place& place, const site::Relay& settings);

}  // namespace relay
