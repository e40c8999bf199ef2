#include "site/route.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "config/node.h"
#include "sasl/client.h"
#include "text/ascii.h"
#include "text/utf8.h"

namespace site {
namespace {

constexpr std::size_t longest_username = 255;

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

bool is_by_smtp(std::string_view next_hop) {
    return next_hop != "mx" && next_hop != "discard" && !next_hop.starts_with("lmtp:") &&
           !next_hop.starts_with("error:");
}

// In the wild: who writes a password down for a server means that server, and nobody who stands in its place. Postfix
// takes two settings more for that (smtp_tls_security_level); a route says otherwise where it has to.
std::optional<RelayTls> demand_of(const Route& route) {
    if (route.tls || route.username.empty() || route.login_in_clear) return route.tls;
    return RelayTls::Verified;
}

std::string demand_text(std::string_view key, std::optional<RelayTls> tls) {
    const bool is_for_relay = key.starts_with("mx:") || key.starts_with("smtp:") || key.starts_with("smtps:") ||
                              (key.starts_with("lmtp:") && !key.starts_with("lmtp:/"));
    if (!tls || !is_for_relay) return {};
    for (const auto& [name, value] : choices(*tls))
        if (value == *tls) return fmt::format("/{}", name);
    return {};
}

}  // namespace

std::string destination_key(std::string_view domain) { return exchangers_of(domain); }

std::string destination_key(const Route& route, std::string_view domain) {
    auto key = key_of(route.next_hop, domain);
    key += demand_text(key, demand_of(route));
    return route.username.empty() ? key : key + " as " + route.username;
}

std::vector<std::string> password_files(const Routes& routes) {
    std::vector<std::string> files;
    for (const auto& route : routes)
        if (!route.password_file.empty()) files.push_back(route.password_file);
    return files;
}

std::vector<sasl::Mechanism> login_mechanisms(const Route& route) {
    std::vector<sasl::Mechanism> mechanisms;
    for (const auto mechanism : sasl::client_mechanisms) {
        const bool is_named = std::ranges::any_of(
            route.mechanisms, [&](const std::string& name) { return sasl::parse_mechanism(name) == mechanism; });
        if (is_named || (route.mechanisms.empty() && mechanism != sasl::Mechanism::CramMd5))
            mechanisms.push_back(mechanism);
    }
    return mechanisms;
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

std::string next_hop_flaw(const std::string& next_hop) { return flaw_of_next_hop(next_hop).value_or(""); }

std::string username_flaw(const std::string& name) {
    if (name.size() > longest_username) return "is too long for a name";
    if (std::ranges::any_of(name, text::is_control)) return "has control characters in it";
    return text::is_utf8(name) ? "" : "is not UTF-8";
}

std::string mechanisms_flaw(const std::vector<std::string>& mechanisms) {
    for (const auto& name : mechanisms) {
        const auto mechanism = sasl::parse_mechanism(name);
        if (!mechanism) return config::toml_string(name) + " is no mechanism that we know";
        if (std::ranges::find(sasl::client_mechanisms, *mechanism) == sasl::client_mechanisms.end())
            return config::toml_string(name) + " is none that we can log in by";
    }
    return {};
}

std::string flaw(const Route& route) {
    if (route.username.empty()) {
        if (!route.password_file.empty()) return "has a password, but no username";
        if (!route.mechanisms.empty() || route.login_in_clear) return "says how to log in, but has no username";
        return {};
    }
    if (route.password_file.empty()) return "has a username, but no password_file";
    if (!is_by_smtp(route.next_hop)) return "has a username, but no host as its next_hop to log in at by SMTP";
    const bool is_inside_tls = route.next_hop.starts_with("smtps:");
    if (route.tls && *route.tls < RelayTls::Required && !route.login_in_clear && !is_inside_tls)
        return "would log in also in the clear: set tls = \"required\" or \"verified\", or login_in_clear = true";
    return {};
}

std::string routes_flaw(const Routes& routes) {
    std::map<std::string, const Route*> by_key;
    for (const auto& route : routes) {
        if (route.username.empty()) continue;
        const auto [known, is_new] = by_key.emplace(destination_key(route, {}), &route);
        if (!is_new && known->second->password_file != route.password_file)
            return "has two passwords for " + route.username + " at " + route.next_hop;
    }
    return {};
}

}  // namespace site
