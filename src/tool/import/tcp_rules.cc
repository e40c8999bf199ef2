#include "import/tcp_rules.h"

#include <fmt/format.h>

#include <map>
#include <optional>

namespace import {
namespace {

/// variables = *("," NAME "=" quote value quote), any character being the quote.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_variables(std::string_view text) {
    std::vector<std::pair<std::string, std::string>> variables;
    while (!text.empty()) {
        if (text.front() != ',') return std::nullopt;
        text.remove_prefix(1);
        const auto equals = text.find('=');
        if (equals == std::string_view::npos || equals + 1 >= text.size()) return std::nullopt;
        const auto end = text.find(text[equals + 1], equals + 2);
        if (end == std::string_view::npos) return std::nullopt;
        variables.emplace_back(text.substr(0, equals), text.substr(equals + 2, end - equals - 2));
        text.remove_prefix(end + 1);
    }
    return variables;
}

/// Where the address ends; IPv6 ones have colons of their own.
std::size_t end_of_address(std::string_view line) {
    for (auto colon = line.find(':'); colon != std::string_view::npos; colon = line.find(':', colon + 1)) {
        const auto rest = line.substr(colon + 1);
        if (rest.starts_with("allow") || rest.starts_with("deny")) return colon;
    }
    return std::string_view::npos;
}

std::optional<TcpRule> parse_rule(const Line& line) {
    const auto end = end_of_address(line.text);
    if (end == std::string_view::npos) return std::nullopt;
    auto rest = line.text.substr(end + 1);
    TcpRule rule{.address = std::string(line.text.substr(0, end)),
                 .is_allowed = rest.starts_with("allow"),
                 .variables = {},
                 .origin = line.origin};
    rest.remove_prefix(rule.is_allowed ? 5 : 4);
    auto variables = parse_variables(rest);
    if (!variables) return std::nullopt;
    rule.variables = *std::move(variables);
    return rule;
}

struct Placed {
    ip::Network network;
    bool may_relay = false;
};

void report_variables(const TcpRule& rule, Report& report) {
    for (const auto& [name, value] : rule.variables) {
        if (name == "RELAYCLIENT") {
            if (!value.empty()) report.add(rule.origin, fmt::format("\"{}\" is not appended to the recipients", value));
        } else if (name != "RBLSMTPD" && name != "MAXCONNIP") {
            report.add_foreseen(rule.origin,
                                fmt::format("{} = \"{}\" for some clients alone is not there", name, value));
        }
    }
}

}  // namespace

const std::string* TcpRule::find(std::string_view name) const {
    for (const auto& [present, value] : variables)
        if (present == name) return &value;
    return nullptr;
}

std::vector<TcpRule> parse_tcp_rules(const File& file, Report& report) {
    std::vector<TcpRule> rules;
    for (const auto& line : lines_of(file, report)) {
        if (auto rule = parse_rule(line))
            rules.push_back(*std::move(rule));
        else
            report.add(line.origin, "is no rule of tcprules, and is passed over");
    }
    return rules;
}

Networks relay_clients(const std::vector<TcpRule>& rules, Report& report) {
    std::multimap<int, Placed> placed;  // by the length of the prefix, the shortest first
    for (const auto& rule : rules) {
        const bool may_relay = rule.is_allowed && rule.find("RELAYCLIENT");
        report_variables(rule, report);
        if (rule.address.empty()) {
            if (may_relay)
                report.add(rule.origin, "everybody may relay, which is an open relay and not taken over",
                           "set relay.networks to those who may");
            continue;
        }
        const auto networks = parse_pattern(rule.address, /*dot_is_optional=*/false);
        if (!networks && may_relay)
            report.add(rule.origin, fmt::format("\"{}\" may relay, but is no network", rule.address),
                       "write its addresses into relay.networks");
        if (!networks) continue;
        for (const auto& network : *networks) placed.insert({network.prefix_length, {network, may_relay}});
    }
    Networks clients;
    for (const auto& [length, one] : placed) {
        if (one.may_relay)
            clients.add(one.network);
        else
            clients.take_out(one.network);
    }
    return clients;
}

}  // namespace import
