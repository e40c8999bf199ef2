#include "qmgr/route.h"

#include <algorithm>

#include <fmt/format.h>

#include "text/ascii.h"

namespace qmgr {
namespace {

constexpr std::string_view smtp_port = "25";
constexpr std::string_view smtps_port = "465";  // RFC 8314 §7.3
constexpr std::string_view lmtp_port = "24";    // RFC 2033 §1 leaves it to us; 24 is "any private mail system"

struct HostAndPort {
    std::string_view host;  // an IPv6 address with its brackets
    std::string_view port;  // empty: not given
};

// host = name / IPv4 / "[" IPv6 "]"; a bare IPv6 address would hide where the port begins.
std::optional<HostAndPort> split_host(std::string_view text) {
    const auto bracket = text.starts_with('[') ? text.find(']') : std::string_view::npos;
    if (text.starts_with('[') && bracket == std::string_view::npos) return std::nullopt;
    const auto colon = text.find(':', bracket == std::string_view::npos ? 0 : bracket);
    if (colon == std::string_view::npos) return HostAndPort{text, {}};
    return HostAndPort{text.substr(0, colon), text.substr(colon + 1)};
}

bool is_port(std::string_view text) {
    if (text.empty() || text.size() > 5 || !std::ranges::all_of(text, [](char c) { return text::is_digit(c); }))
        return false;
    unsigned number = 0;
    for (const char c : text) number = number * 10 + static_cast<unsigned>(c - '0');
    return number > 0 && number < 65536;
}

std::string with_port(std::string_view kind, std::string_view host_and_port, std::string_view default_port) {
    const auto split = split_host(host_and_port);
    if (!split) return fmt::format("error:5.3.5 route to {} cannot be used", host_and_port);
    return fmt::format("{}:{}:{}", kind, split->host, split->port.empty() ? default_port : split->port);
}

// An address literal too (RFC 5321 §4.1.3): whoever looks for exchangers knows which addresses are this server's own.
std::string exchangers_of(std::string_view domain) {
    if (domain.empty()) return "error:5.1.3 the address has no domain";
    return fmt::format("mx:{}", domain);
}

std::string key_of(std::string_view next_hop, std::string_view domain) {
    if (next_hop == "mx") return exchangers_of(domain);
    if (next_hop == "discard" || next_hop.starts_with("error:")) return std::string(next_hop);
    if (next_hop.starts_with("lmtp:/")) return std::string(next_hop);
    if (next_hop.starts_with("lmtp:")) return with_port("lmtp", next_hop.substr(5), lmtp_port);
    if (next_hop.starts_with("smtps:")) return with_port("smtps", next_hop.substr(6), smtps_port);
    return with_port("smtp", next_hop, smtp_port);
}

std::string with_demand(std::string key, std::optional<site::RelayTls> tls) {
    const bool is_for_relay = key.starts_with("mx:") || key.starts_with("smtp:") || key.starts_with("smtps:") ||
                              (key.starts_with("lmtp:") && !key.starts_with("lmtp:/"));
    if (!tls || !is_for_relay) return key;
    for (const auto& [name, value] : choices(*tls))
        if (value == *tls) return fmt::format("{}/{}", key, name);
    return key;
}

}  // namespace

bool matches(const Route& route, std::string_view domain) {
    const std::string wanted = text::lower(route.domain);
    if (wanted == "*") return true;
    if (!wanted.starts_with('.')) return domain == wanted;
    return domain.ends_with(wanted) || domain == std::string_view(wanted).substr(1);
}

std::optional<std::string> flaw_of_next_hop(std::string_view next_hop) {
    if (next_hop == "mx" || next_hop == "discard") return std::nullopt;
    if (next_hop.starts_with("lmtp:/")) return std::nullopt;
    if (next_hop.starts_with("error:")) {
        const auto code = next_hop.substr(6);
        if (code.size() >= 5 && code[0] == '5' && code[1] == '.') return std::nullopt;
        return "\"error:\" is followed by an enhanced status code and a text, as in \"error:5.1.2 no such host\"";
    }
    if (next_hop.starts_with("lmtp:")) next_hop.remove_prefix(5);
    if (next_hop.starts_with("smtps:")) next_hop.remove_prefix(6);
    const auto split = split_host(next_hop);
    if (!split || split->host.empty()) return "expected a host, an IPv4 address or an IPv6 address in brackets";
    if (split->host.size() + split->port.size() < next_hop.size() && !is_port(split->port))
        return fmt::format("\"{}\" is no port", split->port);
    if (std::ranges::any_of(split->host, [](char c) { return c <= ' ' || c == '/' || c == '@' || c == 127; }))
        return fmt::format("\"{}\" is no host", split->host);
    return std::nullopt;
}

std::string domain_of(std::string_view address) {
    const auto at = address.rfind('@');
    return at == std::string_view::npos ? std::string() : text::lower(address.substr(at + 1));
}

std::string destination_of(const spool::Recipient& recipient, const std::vector<Route>& routes) {
    if (recipient.transport == spool::Transport::Target)
        return fmt::format("local:{} {}", recipient.smtp.address, recipient.target);
    if (recipient.transport != spool::Transport::Relay) return fmt::format("local:{}", recipient.smtp.address);
    const std::string domain = domain_of(recipient.smtp.address);
    const auto route = std::ranges::find_if(routes, [&](const Route& r) { return matches(r, domain); });
    return route == routes.end() ? exchangers_of(domain) : with_demand(key_of(route->next_hop, domain), route->tls);
}

}  // namespace qmgr
