#pragma once
// Where a source's servers are, as addresses: looked up once, as a fenced process can ask nobody.

#include <cstdint>
#include <expected>
#include <string>
#include <vector>

#include "site/account_sources.h"

namespace sources {

struct Endpoint {
    site::SourceHost host;  // by this name its certificate is
    std::string address;    // "192.0.2.1"; of a socket on this machine its path, or folder
};

struct Endpoints {
    std::vector<Endpoint> found;       // in the order of `hosts`
    std::vector<std::string> unknown;  // names that nobody knows now
};
/// May take as long as the system's resolver waits.
Endpoints find_endpoints(const site::AccountSource& source);

}  // namespace sources
