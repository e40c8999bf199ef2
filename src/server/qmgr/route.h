#pragma once
// Where a recipient's mail goes: the [[route]] table of the configuration, first match wins, and without one to the
// domain's mail exchangers (RFC 5321 §5.1).
//
// The answer is a destination key: what is scheduled together, limited together and held back together. For relay it is
// the text of relay/inbox.h ("mx:example.org", "smtp:10.0.0.1:2525", "lmtp:/run/lmtp"; a demand on encryption follows a
// slash: "mx:example.org/verified"); "local:address" and "local:address |program" go to deliver; "discard" and
// "error:5.1.2 text" are settled by qmgr itself.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "site/relay.h"
#include "spool/spool.h"

namespace qmgr {

struct Route {
    std::string domain;    // "example.net", ".example.net" (everything below it too), "*"
    std::string next_hop;  // "host[:port]", "smtps:host[:port]", "lmtp:host[:port]", "lmtp:/path", "mx", "discard",
                           // "error:5.1.2 text"
    std::optional<site::RelayTls> tls{};  // not set: as relay.tls says
    bool operator==(const Route&) const = default;
};

bool matches(const Route& route, std::string_view domain);

/// What is wrong with a next hop, for people; nothing: it can be used.
std::optional<std::string> flaw_of_next_hop(std::string_view next_hop);

/// In lower case; empty for <postmaster>.
std::string domain_of(std::string_view address);

/// The destination key of one recipient.
std::string destination_of(const spool::Recipient& recipient, const std::vector<Route>& routes);

}  // namespace qmgr
