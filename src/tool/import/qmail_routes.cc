#include <fmt/format.h>

#include <optional>

#include "import/qmail_parts.h"
#include "import/routes.h"
#include "qmgr/config.h"
#include "site/checks.h"
#include "text/ascii.h"

namespace import {
namespace {

/// "relay", "relay:port", "[192.0.2.1]:port", "" (the domain's exchangers); s/qmail adds "|user|password".
std::string next_hop_of(const Line& line, std::string_view relay, Report& report) {
    const auto fields = split(relay, '|', 2);
    if (fields.size() > 1)
        report.add(line.origin, "the name and password to log in with are left out",
                   "set username and password_file in its [[route]]");
    std::string host(text::trim(fields.front()));
    if (host.empty() || host == ":") return "mx";
    if (host.starts_with('[') && !host.substr(1, host.find(']')).contains(':')) {
        host.erase(0, 1);
        if (const auto end = host.find(']'); end != std::string::npos) host.erase(end, 1);
    }
    while (host.ends_with(':')) host.pop_back();
    return text::lower(host);
}

/// The domain's end: the first colon that is in no brackets.
std::size_t end_of_domain(std::string_view line) {
    const auto from = line.starts_with('[') ? line.find(']') : 0;
    return from == std::string_view::npos ? from : line.find(':', from);
}

std::optional<RouteDraft> route_of(const Line& line, Report& report) {
    const auto colon = end_of_domain(line.text);
    if (colon == std::string_view::npos) {
        report.add(line.origin, "has no \":\", and is passed over");
        return std::nullopt;
    }
    const auto domain = line.text.substr(0, colon);
    RouteDraft route{.domain = domain.empty() ? "*" : canonical_domain(domain),
                     .next_hop = next_hop_of(line, line.text.substr(colon + 1), report),
                     .origin = line.origin};
    if (route.domain.empty()) {
        report.add(line.origin, fmt::format("\"{}\" is no domain that a [[route]] can be for", domain.substr(0, 300)));
        return std::nullopt;
    }
    if (const auto flaw = site::next_hop_flaw(route.next_hop); !flaw.empty()) {
        report.add(line.origin, fmt::format("\"{}\" is no next hop: {}", route.next_hop.substr(0, 300), flaw));
        return std::nullopt;
    }
    return route;
}

}  // namespace

void translate_routes(const QmailSite& site, Translation& out) {
    const File* file = site.find("smtproutes");
    if (!file) return;
    std::vector<RouteDraft> routes;
    for (const auto& line : lines_of(*file, out.report))
        if (auto route = route_of(line, out.report)) routes.push_back(*std::move(route));
    out.draft.routes = in_our_order(std::move(routes));
}

}  // namespace import
