#include "relay/destination.h"

#include <fmt/format.h>

#include <charconv>

#include "lang/overloaded.h"

namespace relay {

namespace {

bool take_prefix(std::string_view& text, std::string_view prefix) {
    if (!text.starts_with(prefix)) return false;
    text.remove_prefix(prefix.size());
    return true;
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

// host = name / IPv4 / "[" IPv6 "]", then ":" port
std::optional<Destination> parse_host(std::string_view text, smtp::Protocol protocol) {
    const auto colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1));
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!port || host.empty()) return std::nullopt;
    return ByHost{protocol, std::string(host), *port};
}

}  // namespace

std::optional<Destination> parse_destination(std::string_view text) {
    if (take_prefix(text, "mx:"))
        return text.empty() ? std::nullopt : std::optional<Destination>(ByMx{std::string(text)});
    if (take_prefix(text, "smtp:")) return parse_host(text, smtp::Protocol::Smtp);
    if (!take_prefix(text, "lmtp:")) return std::nullopt;
    if (text.starts_with('/')) return BySocket{std::string(text)};
    return parse_host(text, smtp::Protocol::Lmtp);
}

std::string to_text(const Destination& destination) {
    return std::visit(Overloaded{
                          [](const ByMx& mx) { return "mx:" + mx.domain; },
                          [](const ByHost& to) {
                              const bool is_v6 = to.host.find(':') != to.host.npos;
                              return fmt::format("{}:{}{}{}:{}", to.protocol == smtp::Protocol::Lmtp ? "lmtp" : "smtp",
                                                 is_v6 ? "[" : "", to.host, is_v6 ? "]" : "", to.port);
                          },
                          [](const BySocket& socket) { return "lmtp:" + socket.path; },
                      },
                      destination);
}

smtp::Protocol protocol_of(const Destination& destination) {
    if (std::holds_alternative<BySocket>(destination)) return smtp::Protocol::Lmtp;
    const auto* host = std::get_if<ByHost>(&destination);
    return host ? host->protocol : smtp::Protocol::Smtp;
}

}  // namespace relay
