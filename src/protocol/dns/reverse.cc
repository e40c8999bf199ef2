#include "dns/reverse.h"

#include <fmt/format.h>

#include <string>

namespace dns {

Name reverse_name(const ip::Address& address) {
    std::string name;
    if (address.is_v4()) {
        for (std::size_t i = 4; i > 0; --i) name += fmt::format("{}.", address.octets[i - 1]);
        return parse_name(name + "in-addr.arpa").value();
    }
    for (std::size_t i = 16; i > 0; --i)
        name += fmt::format("{:x}.{:x}.", address.octets[i - 1] & 15, address.octets[i - 1] >> 4);
    return parse_name(name + "ip6.arpa").value();
}

}  // namespace dns
