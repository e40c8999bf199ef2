#pragma once
// Where a source's servers are, as addresses. Names are looked up by a thread that does nothing else, and again from
// time to time: one that nobody knows now may be known later, and lead elsewhere.

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <string>
#include <vector>

#include "site/account_sources.h"

namespace sources {

struct Endpoint {
    site::SourceHost host;  // by this name its certificate is
    std::string address;    // "192.0.2.1"; of a socket on this machine its path, or folder
    bool operator==(const Endpoint&) const = default;
};

struct Endpoints {
    std::vector<Endpoint> found;       // in the order of `hosts`
    std::vector<std::string> unknown;  // names that nobody knows now
};

/// Whether there is a name among its hosts, and not addresses and sockets alone.
bool has_names(const site::AccountSource& source);
/// May take as long as the system's resolver waits. A name that is unknown now leads where it led `before`.
Endpoints find_endpoints(const site::AccountSource& source, const std::vector<Endpoint>& before);
/// What needs to be read or set for that before the fences go up, and before there is a second thread.
void prepare_names();
constexpr std::uint16_t name_server_port = 53;  // by TCP, which a fence can hold to this port (RFC 7766)

/// The endpoints as they are by now, for the threads that connect.
class Whereabouts {
public:
    /// Waits for the first look-up, but no longer than this.
    std::vector<Endpoint> now(std::chrono::milliseconds longest) const;
    void use(std::vector<Endpoint> endpoints);

private:
    mutable std::mutex mutex_;
    mutable std::condition_variable arrived_;
    bool are_there_ = false;
    std::vector<Endpoint> endpoints_;
};

}  // namespace sources
