#include "sources/endpoints.h"

#include <netdb.h>
#include <sys/socket.h>

#include <memory>

#include "ip/address.h"

namespace sources {
namespace {

struct FreedByNetdb {
    void operator()(addrinfo* found) const { ::freeaddrinfo(found); }
};

std::vector<std::string> addresses_of(const std::string& name) {
    addrinfo wanted{};
    wanted.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    if (::getaddrinfo(name.c_str(), nullptr, &wanted, &found) != 0) return {};
    const std::unique_ptr<addrinfo, FreedByNetdb> freed(found);
    std::vector<std::string> addresses;
    for (const auto* one = found; one; one = one->ai_next) {
        char text[NI_MAXHOST];
        if (::getnameinfo(one->ai_addr, one->ai_addrlen, text, sizeof text, nullptr, 0, NI_NUMERICHOST) == 0)
            addresses.emplace_back(text);
    }
    return addresses;
}

}  // namespace

Endpoints find_endpoints(const site::AccountSource& source) {
    Endpoints all;
    for (const auto& written : source.hosts) {
        const auto host = site::parse_source_host(source, written);
        if (!host) continue;
        if (host->is_local() || ip::parse_address(host->name)) {
            all.found.push_back({*host, host->name});
            continue;
        }
        const auto addresses = addresses_of(host->name);
        if (addresses.empty()) all.unknown.push_back(host->name);
        for (const auto& address : addresses) all.found.push_back({*host, address});
    }
    return all;
}

}  // namespace sources
