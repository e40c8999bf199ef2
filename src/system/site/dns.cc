#include "site/dns.h"

namespace {

constexpr std::uint16_t dns_port = 53;

}  // namespace

std::optional<site::Resolver> config::Text<site::Resolver>::parse(std::string_view text) {
    if (text.empty()) return site::Resolver{};
    if (const auto address = ip::parse_address(text)) return site::Resolver{ip::Endpoint{*address, dns_port}};
    if (const auto endpoint = ip::parse_endpoint(text)) return site::Resolver{*endpoint};
    return std::nullopt;
}

std::string config::Text<site::Resolver>::write(const site::Resolver& resolver) {
    if (!resolver.server) return {};
    return resolver.server->port == dns_port ? ip::to_text(resolver.server->address) : ip::to_text(*resolver.server);
}
