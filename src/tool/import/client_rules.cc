#include "import/client_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "site/client_rules.h"

namespace import {
namespace {

constexpr std::size_t most_rules = 2000;
constexpr std::uint64_t most_connections = 1'000'000;

bool is_within(const ip::Network& inner, const ip::Network& outer) {
    return inner.prefix_length >= outer.prefix_length && outer.contains(inner.address);
}

bool says_something(const ClientDraft& client) { return client.action != "allow" || client.connections > 0; }

/// As rblsmtpd has it: a text refuses, for good where it begins with "-".
void take_text(std::string_view text, const TcpRule& rule, ClientDraft& client, Report& report) {
    if (text.empty() || client.action == "deny") return;
    const bool is_final = text.starts_with('-');
    client.action = is_final ? "deny" : "defer";
    client.text = text.substr(is_final ? 1 : 0);
    if (site::refusal_text_flaw(client.text).empty()) return;
    report.add(rule.origin, "the text for those who are refused is none that a reply can have", "they hear our own");
    client.text.clear();
}

ClientDraft treatment_of(const TcpRule& rule, Report& report) {
    ClientDraft client{.network = {}, .action = rule.is_allowed ? "allow" : "deny", .text = {}, .origin = rule.origin};
    for (const auto& [name, value] : rule.variables) {
        if (name == "RBLSMTPD") take_text(value, rule, client, report);
        if (name == "MAXCONNIP" && client.action == "allow")
            client.connections = std::min(parse_number(value).value_or(0), most_connections);
    }
    return client;
}

std::vector<ip::Network> everybody() { return {*ip::parse_network("0.0.0.0/0"), *ip::parse_network("::/0")}; }

/// By network; of two rules for the same one the first counts.
std::map<ip::Network, ClientDraft> by_network(const std::vector<TcpRule>& rules, Report& report) {
    std::map<ip::Network, ClientDraft> found;
    for (const auto& rule : rules) {
        auto client = treatment_of(rule, report);
        const auto networks =
            rule.address.empty() ? everybody() : parse_pattern(rule.address, /*dot_is_optional=*/false);
        if (!networks && says_something(client))
            report.add_foreseen(rule.origin, fmt::format("\"{}\" is no network: clients are known by their address "
                                                         "alone, not by their name",
                                                         rule.address));
        if (!networks) continue;
        for (const auto& network : *networks) {
            client.network = network;
            found.try_emplace(network, client);
        }
    }
    return found;
}

}  // namespace

void add_client_rules(const std::vector<TcpRule>& rules, Draft& draft, Report& report) {
    const auto all = by_network(rules, report);
    std::vector<ip::Network> outer;
    for (const auto& [network, client] : all)
        if (says_something(client)) outer.push_back(network);
    if (outer.size() > most_rules)
        return report.add(rules.front().origin, "there are more clients that are refused than are taken over",
                          "write [[client]] tables by hand");
    for (const auto& [network, client] : all) {
        const auto holds = [&](const ip::Network& other) { return is_within(network, other); };
        if (!says_something(client) && std::ranges::none_of(outer, holds)) continue;
        if (draft.clients.size() < most_rules) draft.clients.push_back(client);
    }
}

void add_refused(const Networks& networks, const std::string& text, const Origin& origin, Draft& draft) {
    auto list = networks.list();
    std::ranges::sort(list);
    for (const auto& network : list) {
        std::erase_if(draft.clients, [&](const ClientDraft& one) { return is_within(one.network, network); });
        draft.clients.push_back({.network = network, .action = "deny", .text = text, .origin = origin});
    }
}

}  // namespace import
