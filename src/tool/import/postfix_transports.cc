#include <fmt/format.h>

#include <algorithm>
#include <optional>

#include "import/postfix_parts.h"
#include "import/postfix_table.h"
#include "import/routes.h"
#include "qmgr/config.h"
#include "text/ascii.h"

namespace import {
namespace {

constexpr std::string_view smtp_transports[] = {"", "smtp", "relay", "esmtp"};

/// "[mx.example.org]:2525" as we write it; brackets keep Postfix from asking for exchangers, which we never do.
std::string without_brackets(std::string host) {
    const auto end = host.find(']');
    if (!host.starts_with('[') || end == std::string::npos) return host;
    auto inner = host.substr(1, end - 1);
    if (text::starts_with_ignoring_case(inner, "ipv6:")) inner.erase(0, 5);
    return (inner.contains(':') ? "[" + inner + "]" : inner) + host.substr(end + 1);
}

/// By "transport:nexthop" of transport(5); nullopt: we have no such way.
std::optional<std::string> next_hop_of(std::string_view text, const Origin& origin, Report& report) {
    const auto parts = split(text, ':', 2);
    const auto transport = parts.front();
    const std::string rest(parts.size() > 1 ? parts.back() : "");
    if (std::ranges::find(smtp_transports, transport) != std::end(smtp_transports)) {
        if (rest.empty()) return "mx";
        if (!rest.starts_with('['))
            report.add(origin, fmt::format("{} itself is called; its mail exchangers are not asked for", rest));
        return without_brackets(rest);
    }
    if (transport == "discard") return "discard";
    if (transport == "error") return "error:" + (rest.starts_with("5.") ? rest : "5.0.0 " + rest);
    if (transport != "lmtp") return std::nullopt;
    if (rest.starts_with("unix:/")) return "lmtp:" + rest.substr(5);
    return "lmtp:" + without_brackets(rest.starts_with("inet:") ? rest.substr(5) : rest);
}

bool is_final(const PostfixSite& site, const std::string& name) {
    const auto found = site.out.draft.domains.find(name);
    if (found == site.out.draft.domains.end()) return false;
    return !found->second.has("relayed");
}

void add_route(const PostfixSite& site, const std::string& key, std::string_view way, const Origin& origin,
               std::vector<RouteDraft>& routes) {
    auto& report = site.out.report;
    const auto domain = key == "*" ? key : canonical_domain(key);
    if (domain.empty())
        return report.add(origin, fmt::format("a [[route]] is for a domain, not for \"{}\"", key.substr(0, 300)));
    if (is_final(site, domain))
        return report.add(origin, fmt::format("mail for {} ends here and has no other way", key),
                          "set relayed = true in its [domains] table to pass it on");
    auto next_hop = next_hop_of(way, origin, report);
    if (!next_hop) return report.add(origin, fmt::format("there is no way like \"{}\"", way.substr(0, 300)));
    if (const auto flaw = site::next_hop_flaw(*next_hop); !flaw.empty()) return report.add(origin, flaw);
    routes.push_back({.domain = domain, .next_hop = *std::move(next_hop), .origin = origin});
}

}  // namespace

void translate_transports(const PostfixSite& site) {
    std::vector<RouteDraft> routes;
    for (const auto& [key, value, origin] :
         read_tables(site.list("transport_maps"), site.main.origin("transport_maps"), site.named, site.out.report))
        add_route(site, key, value, origin, routes);
    if (const auto host = site.list("relayhost"); !host.empty())
        add_route(site, "*", ":" + host.front(), site.main.origin("relayhost"), routes);
    site.out.draft.routes = in_our_order(std::move(routes));
}

}  // namespace import
