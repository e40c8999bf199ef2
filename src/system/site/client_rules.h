#pragma once
// [[client]]: what is otherwise for clients from some networks, as tcpserver's rules have it. The most specific network
// that a client is in counts, and its table alone.

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "config/value.h"
#include "ip/address.h"
#include "site/relay.h"

namespace site {

enum class Welcome : std::uint8_t { Allow, Deny, Defer };
constexpr auto choices(Welcome) {
    using enum Welcome;
    return std::array<config::Choice<Welcome>, 3>{{{"allow", Allow}, {"deny", Deny}, {"defer", Defer}}};
}

struct ClientRule {
    ip::Network network;
    Welcome action = Welcome::Allow;
    std::optional<bool> relay;      // none: as relay.networks says
    std::uint32_t connections = 0;  // 0: as limits says
    std::string text;

    bool operator==(const ClientRule&) const = default;
};
using ClientRules = std::vector<ClientRule>;

std::string refusal_text_flaw(const std::string& text);
/// What may not stand in one table.
std::string flaw(const ClientRule& rule);
std::string client_rules_flaw(const ClientRules& rules);

inline auto settings(const ClientRule*) {
    using config::required, config::setting;
    return std::tuple{
        required(setting("network", &ClientRule::network,
                         "An address or a network: \"192.0.2.7\", \"192.0.2.0/24\", \"2001:db8::/32\"; 0.0.0.0/0 and "
                         "::/0 are everybody. Of several that hold a client the smallest counts.")),
        setting(
            "action", &ClientRule::action,
            "They may come in (\"allow\"), are refused for good (\"deny\": 554 5.7.1 in place of the greeting) or for "
            "now (\"defer\": 421 4.7.1). Where TLS comes first, the connection is closed without a word."),
        setting("relay", &ClientRule::relay,
                "Whether they may send to domains which are not ours, whatever relay.networks says. Not set: as "
                "relay.networks says."),
        setting(
            "connections", &ClientRule::connections,
            "Connections that each of them may have at a time, in place of limits.connections_per_client, also where "
            "they may relay. 0: as limits says.",
            {0, 1'000'000}),
        setting("text", &ClientRule::text, "What those who are refused are told, in place of our own words.",
                refusal_text_flaw),
    };
}

/// nullptr: nothing is said of the client.
const ClientRule* rule_for(const ClientRules& rules, const ip::Address& client);
/// Whether mail from this client may go anywhere.
bool may_relay(const Relay& relay, const ClientRules& rules, const ip::Address& client);

inline constexpr std::string_view clients_meaning = "What is otherwise for clients from some networks.";

}  // namespace site
