#include "ip/address.h"

#include <arpa/inet.h>

#include <string>

#include "fuzz.h"

namespace {

bool c_library_reads(int family, std::string_view text) {
    in6_addr address{};
    return text.find('\0') == std::string_view::npos && inet_pton(family, std::string(text).c_str(), &address) == 1;
}

}  // namespace

// What is printed reads back as the same value, and the C library agrees about what is an address.
FUZZ(text) {
    const auto address = ip::parse_address(text);
    const bool is_v6 = text.find(':') != std::string_view::npos;
    VERIFY(address.has_value() == c_library_reads(is_v6 ? AF_INET6 : AF_INET, text));
    if (address) VERIFY(ip::parse_address(ip::to_text(*address)) == address);
    if (auto network = ip::parse_network(text)) {
        VERIFY(ip::parse_network(ip::to_text(*network)) == network);
        VERIFY(network->contains(network->address));
    }
    if (auto endpoint = ip::parse_endpoint(text)) VERIFY(ip::parse_endpoint(ip::to_text(*endpoint)) == endpoint);
    if (auto literal = ip::parse_address_literal(text)) {
        const auto printed = ip::address_literal(*literal);
        VERIFY(ip::parse_address_literal(std::string_view(printed).substr(1, printed.size() - 2)) == literal);
    }
}
