#pragma once
// What the server would say and do, as text and as JSON.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "directory/explain.h"
#include "explain/sending_on.h"
#include "qmgr/config.h"

namespace explain {

struct Explanation {
    std::string address;
    addressing::Resolution resolution;
    std::vector<std::string> destinations;  // of each delivery: a directory, a route
    std::vector<bool> sent_on;              // of each delivery: its sender may be rewritten
    std::string rewritten;                  // what the sender becomes, where it is
    std::optional<SendingOn> sending_on;    // where somebody asked
};

Explanation explain(const smtp::Mailbox& address, directory::Explanation explained,
                    const std::vector<qmgr::Route>& routes);

std::string to_text(const Explanation& explanation);
std::string to_json(const Explanation& explanation);

}  // namespace explain
