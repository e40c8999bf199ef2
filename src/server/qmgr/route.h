#pragma once
// Where a recipient's mail goes: the [[route]] table of the configuration, first match wins, and without one to the
// domain's mail exchangers (RFC 5321 §5.1).
//
// The answer is a destination key: what is scheduled together, limited together and held back together. For relay it is
// the text of relay/inbox.h ("mx:example.org", "smtp:10.0.0.1:2525", "lmtp:/run/lmtp"; a demand on encryption follows a
// slash, and whom we log in as: "mx:example.org/verified", "smtp:mail.example.net:587/verified as ann");
// "local:address" and "local:address |program" go to deliver; "discard" and "error:5.1.2 text" are settled by qmgr
// itself.

#include <string>
#include <string_view>
#include <vector>

#include "site/route.h"
#include "spool/spool.h"

namespace qmgr {

using site::Route, site::flaw_of_next_hop;

bool matches(const Route& route, std::string_view domain);

/// In lower case; empty for <postmaster>.
std::string domain_of(std::string_view address);

/// The destination key of one recipient.
std::string destination_of(const spool::Recipient& recipient, const std::vector<Route>& routes);

}  // namespace qmgr
