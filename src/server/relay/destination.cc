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

/// "/verified" at the end. False: something else stands there.
bool take_demand(std::string_view& text, std::optional<site::RelayTls>& tls) {
    const auto slash = text.find('/');
    if (slash == text.npos) return true;
    for (const auto& [name, value] : choices(site::RelayTls()))
        if (text.substr(slash + 1) == name) tls = value;
    text = text.substr(0, slash);
    return tls.has_value();
}

/// " as ann" at the end. False: nobody is named.
bool take_user(std::string_view& text, std::string& user) {
    constexpr std::string_view word = " as ";
    const auto found = text.find(word);
    if (found == text.npos) return true;
    user = text.substr(found + word.size());
    text = text.substr(0, found);
    return !user.empty();
}

std::string demand_text(std::optional<site::RelayTls> tls) {
    for (const auto& [name, value] : choices(site::RelayTls()))
        if (tls == value) return "/" + std::string(name);
    return {};
}

std::string_view scheme_of(const ByHost& to) {
    if (to.protocol == smtp::Protocol::Lmtp) return "lmtp";
    return to.is_implicit_tls ? "smtps" : "smtp";
}

std::optional<std::uint16_t> parse_port(std::string_view text) {
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

// host = name / IPv4 / "[" IPv6 "]", then ":" port
std::optional<Destination> parse_host(std::string_view text, ByHost host_and_port) {
    const auto colon = text.rfind(':');
    if (colon == text.npos || colon == 0) return std::nullopt;
    const auto port = parse_port(text.substr(colon + 1));
    auto host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
    if (!port || host.empty()) return std::nullopt;
    host_and_port.host = host;
    host_and_port.port = *port;
    return host_and_port;
}

}  // namespace

std::optional<Destination> parse_destination(std::string_view text) {
    if (text.starts_with("lmtp:/")) return BySocket{std::string(text.substr(5))};
    std::optional<site::RelayTls> tls;
    std::string user;
    if (!take_user(text, user) || !take_demand(text, tls)) return std::nullopt;
    if (!user.empty() && !text.starts_with("smtp")) return std::nullopt;
    if (take_prefix(text, "mx:"))
        return text.empty() ? std::nullopt : std::optional<Destination>(ByMx{std::string(text), tls});
    ByHost host{.tls = tls, .user = std::move(user)};
    if (take_prefix(text, "smtp:")) return parse_host(text, host);
    if (take_prefix(text, "smtps:")) {
        host.is_implicit_tls = true;
        return parse_host(text, host);
    }
    if (!take_prefix(text, "lmtp:")) return std::nullopt;
    host.protocol = smtp::Protocol::Lmtp;
    return parse_host(text, host);
}

std::string to_text(const Destination& destination) {
    return std::visit(Overloaded{
                          [](const ByMx& mx) { return "mx:" + mx.domain + demand_text(mx.tls); },
                          [](const ByHost& to) {
                              const bool is_v6 = to.host.find(':') != to.host.npos;
                              return fmt::format("{}:{}{}{}:{}{}{}{}", scheme_of(to), is_v6 ? "[" : "", to.host,
                                                 is_v6 ? "]" : "", to.port, demand_text(to.tls),
                                                 to.user.empty() ? "" : " as ", to.user);
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

std::optional<site::RelayTls> tls_of(const Destination& destination) {
    if (const auto* mx = std::get_if<ByMx>(&destination)) return mx->tls;
    const auto* host = std::get_if<ByHost>(&destination);
    return host ? host->tls : std::nullopt;
}

std::string_view user_of(const Destination& destination) {
    const auto* host = std::get_if<ByHost>(&destination);
    return host ? std::string_view(host->user) : std::string_view();
}

}  // namespace relay
