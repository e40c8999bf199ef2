#include "import/routes.h"

#include <algorithm>
#include <map>
#include <string_view>
#include <tuple>
#include <utility>

namespace import {
namespace {

using ByDomain = std::map<std::string, const RouteDraft*, std::less<>>;

/// Where mail for a domain goes by what is said of those above it, and of all.
std::string next_hop_by_patterns(const ByDomain& routes, std::string_view domain) {
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1))
        if (const auto found = routes.find(domain.substr(dot)); found != routes.end()) return found->second->next_hop;
    const auto all = routes.find("*");
    return all == routes.end() ? "mx" : all->second->next_hop;
}

int rank(const RouteDraft& route) {
    if (route.domain == "*") return 2;
    return route.domain.starts_with('.') ? 1 : 0;
}

}  // namespace

std::vector<RouteDraft> in_our_order(std::vector<RouteDraft> given) {
    ByDomain known;
    std::vector<RouteDraft> ordered;
    for (const auto& route : given)
        if (known.emplace(route.domain, &route).second) ordered.push_back(route);
    for (const auto& [domain, route] : known) {
        if (!domain.starts_with('.') || known.contains(domain.substr(1))) continue;
        auto next_hop = next_hop_by_patterns(known, std::string_view(domain).substr(1));
        if (next_hop != route->next_hop)
            ordered.push_back({.domain = domain.substr(1), .next_hop = std::move(next_hop), .origin = route->origin});
    }
    std::ranges::sort(ordered, {}, [](const RouteDraft& route) {
        return std::tuple(rank(route), rank(route) == 1 ? -std::ssize(route.domain) : 0, route.domain);
    });
    return ordered;
}

}  // namespace import
