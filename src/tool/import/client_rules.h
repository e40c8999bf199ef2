#pragma once
// What becomes [[client]]: clients that tcpserver, rblsmtpd or spamdyke refused by their address, exceptions from that,
// and how many connections one may have.

#include <string>
#include <vector>

#include "import/draft.h"
#include "import/networks.h"
#include "import/tcp_rules.h"

namespace import {

/// "192.0.2.:deny", RBLSMTPD="-text", MAXCONNIP="5"; the rest of such a file only where it is an exception from these.
void add_client_rules(const std::vector<TcpRule>& rules, Draft& draft, Report& report);

/// Refused by another program behind tcpserver: whatever its rules say of smaller networks.
void add_refused(const Networks& networks, const std::string& text, const Origin& origin, Draft& draft);

}  // namespace import
