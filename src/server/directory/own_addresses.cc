#include "directory/own_addresses.h"

#include <ifaddrs.h>
#include <netinet/in.h>

#include <cstring>
#include <optional>

#include "lang/defer.h"

namespace directory {
namespace {

std::optional<ip::Address> address_of(const sockaddr* socket_address) {
    if (!socket_address) return std::nullopt;
    if (socket_address->sa_family == AF_INET) {
        std::array<std::uint8_t, 4> octets;
        std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in*>(socket_address)->sin_addr, octets.size());
        return ip::v4(octets);
    }
    if (socket_address->sa_family != AF_INET6) return std::nullopt;
    std::array<std::uint8_t, 16> octets;
    std::memcpy(octets.data(), &reinterpret_cast<const sockaddr_in6*>(socket_address)->sin6_addr, octets.size());
    return ip::v6(octets);
}

}  // namespace

std::vector<ip::Address> own_addresses(const std::vector<site::Listen>& listen) {
    std::vector<ip::Address> addresses;
    for (const site::Listen& entrance : listen)
        if (!entrance.address.address.is_unspecified()) addresses.push_back(entrance.address.address);
    ifaddrs* interfaces = nullptr;
    if (::getifaddrs(&interfaces) != 0) return addresses;
    Defer free([&] { ::freeifaddrs(interfaces); });
    for (const ifaddrs* one = interfaces; one; one = one->ifa_next)
        if (const auto address = address_of(one->ifa_addr)) addresses.push_back(*address);
    return addresses;
}

}  // namespace directory
