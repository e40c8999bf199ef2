#include "site/client_rules.h"

#include <algorithm>
#include <set>

#include "text/ascii.h"

namespace site {
namespace {

constexpr std::size_t longest_text = 400;  // of a reply's line (RFC 5321 §4.5.3.1.5)

}  // namespace

std::string refusal_text_flaw(const std::string& text) {
    if (text.size() > longest_text) return "is longer than a reply may be";
    if (!std::ranges::all_of(text, text::is_printable)) return "has something else than printable ASCII in it";
    return {};
}

std::string flaw(const ClientRule& rule) {
    const bool is_refused = rule.action != Welcome::Allow;
    if (is_refused && rule.relay.value_or(false)) return "lets clients relay whom it refuses";
    if (rule.relay.value_or(false) && rule.network.prefix_length == 0)
        return "would let everybody on the Internet send spam through this server";
    if (!is_refused && !rule.text.empty()) return "has a text for those who are refused, and refuses nobody";
    return {};
}

std::string client_rules_flaw(const ClientRules& rules) {
    std::set<ip::Network> networks;
    for (const auto& rule : rules)
        if (!networks.insert(rule.network).second) return ip::to_text(rule.network) + " has two tables";
    return {};
}

const ClientRule* rule_for(const ClientRules& rules, const ip::Address& client) {
    const ip::Address address = client.unmapped();
    const ClientRule* found = nullptr;
    for (const auto& rule : rules)
        if (rule.network.contains(address) && (!found || rule.network.prefix_length > found->network.prefix_length))
            found = &rule;
    return found;
}

bool may_relay(const Relay& relay, const ClientRules& rules, const ip::Address& client) {
    const auto* rule = rule_for(rules, client);
    return rule && rule->relay ? *rule->relay : may_relay(relay, client);
}

}  // namespace site
