#include "sources/endpoints.h"

#include <netdb.h>
#include <stdlib.h>
#include <sys/socket.h>

#include <algorithm>
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

bool is_name(const site::SourceHost& host) { return !host.is_local() && !ip::parse_address(host.name); }

}  // namespace

bool has_names(const site::AccountSource& source) {
    return std::ranges::any_of(source.hosts, [&](const std::string& written) {
        const auto host = site::parse_source_host(source, written);
        return host && is_name(*host);
    });
}

Endpoints find_endpoints(const site::AccountSource& source, const std::vector<Endpoint>& before) {
    Endpoints all;
    for (const auto& written : source.hosts) {
        const auto host = site::parse_source_host(source, written);
        if (!host) continue;
        if (!is_name(*host)) {
            all.found.push_back({*host, host->name});
            continue;
        }
        const auto addresses = addresses_of(host->name);
        for (const auto& address : addresses) all.found.push_back({*host, address});
        if (!addresses.empty()) continue;
        all.unknown.push_back(host->name);
        std::ranges::copy_if(before, std::back_inserter(all.found),
                             [&](const Endpoint& one) { return one.host == *host; });
    }
    return all;
}

/// By TCP, as no fence holds datagrams to a port.
void prepare_names() {
    ::setenv("RES_OPTIONS", "use-vc attempts:1", 1);
    addresses_of("localhost");  // so that the name service has loaded its modules
}

std::vector<Endpoint> Whereabouts::now(std::chrono::milliseconds longest) const {
    std::unique_lock lock(mutex_);
    arrived_.wait_for(lock, longest, [this] { return are_there_; });
    return endpoints_;
}

void Whereabouts::use(std::vector<Endpoint> endpoints) {
    {
        const std::lock_guard lock(mutex_);
        endpoints_ = std::move(endpoints);
        are_there_ = true;
    }
    arrived_.notify_all();
}

}  // namespace sources
