#pragma once
// What the server would say and do, as text and as JSON.

#include <string>
#include <string_view>
#include <vector>

#include "directory/explain.h"
#include "qmgr/config.h"

namespace explain {

struct Explanation {
    std::string address;
    addressing::Resolution resolution;
    std::vector<std::string> destinations;  // of each delivery: a directory, a route
};

Explanation explain(const smtp::Mailbox& address, directory::Explanation explained,
                    const std::vector<qmgr::Route>& routes);

std::string to_text(const Explanation& explanation);
std::string to_json(const Explanation& explanation);

}  // namespace explain
