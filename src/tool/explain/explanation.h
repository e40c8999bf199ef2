#pragma once
// What the server would say and do, as text and as JSON.

#include <string>
#include <string_view>
#include <vector>

#include "addressing/resolver.h"
#include "directory/resolver.h"
#include "qmgr/route.h"

namespace explain {

struct Explanation {
    std::string address;
    addressing::Resolution resolution;
    std::vector<std::string> destinations;  // of each delivery: a directory, a route
};

/// `may_relay`: as for a client that may.
Explanation explain(const directory::Resolver& resolver, const std::vector<qmgr::Route>& routes,
                    const smtp::Mailbox& address, bool may_relay);

std::string to_text(const Explanation& explanation);
std::string to_json(const Explanation& explanation);

}  // namespace explain
