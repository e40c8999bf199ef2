#include "site/client_rules.h"

#include <gtest/gtest.h>

#include "config/load.h"

namespace site {
namespace {

struct All {
    ClientRules client;
};
inline auto settings(const All*) {
    return std::tuple{config::setting("client", &All::client, clients_meaning, client_rules_flaw)};
}

std::string flaw_in(const std::string& text) {
    const auto read = config::read<All>(*config::parse_text(text, "test"));
    return read ? "" : to_text(read.error()[0]);
}

ClientRules rules_of(const std::string& text) {
    const auto read = config::read<All>(*config::parse_text(text, "test"));
    return read ? read->client : ClientRules();
}

// tcprules(1): the longest address counts.
TEST(ClientRules, TheSmallestNetworkCountsWhereverItStands) {
    const auto rules = rules_of(R"(
client = [{network = "192.0.2.0/24", action = "deny"}, {network = "192.0.2.7"}, {network = "192.0.0.0/16", relay = true},
          {network = "192.0.2.128/25", relay = false}, {network = "2001:db8::/32", action = "defer"},
          {network = "0.0.0.0/0", connections = 3}])");
    ASSERT_EQ(rules.size(), 6u);
    const auto network_for = [&](const char* client) {
        const auto* rule = rule_for(rules, *ip::parse_address(client));
        return rule ? ip::to_text(rule->network) : "";
    };
    EXPECT_EQ(network_for("192.0.2.7"), "192.0.2.7/32");
    EXPECT_EQ(network_for("::ffff:192.0.2.7"), "192.0.2.7/32");
    EXPECT_EQ(network_for("192.0.2.8"), "192.0.2.0/24");
    EXPECT_EQ(network_for("192.0.2.200"), "192.0.2.128/25");
    EXPECT_EQ(network_for("192.0.3.1"), "192.0.0.0/16");
    EXPECT_EQ(network_for("198.51.100.1"), "0.0.0.0/0");
    EXPECT_EQ(network_for("2001:db8::1"), "2001:db8::/32");
    EXPECT_EQ(network_for("2001:db9::1"), "");
}

TEST(ClientRules, SayWhoMayRelayBeforeTheNetworksDo) {
    const auto rules = rules_of(R"(
client = [{network = "10.0.0.7", relay = false}, {network = "10.0.0.8"}, {network = "192.0.2.7", relay = true}])");
    const Relay relay{
        .networks = {*ip::parse_network("10.0.0.0/8")}, .bind_ipv4 = {}, .bind_ipv6 = {}, .own_addresses = {}};
    const auto may = [&](const char* client) { return may_relay(relay, rules, *ip::parse_address(client)); };
    EXPECT_TRUE(may("10.0.0.6"));
    EXPECT_FALSE(may("10.0.0.7"));
    EXPECT_TRUE(may("10.0.0.8")) << "a table that does not say leaves it to relay.networks";
    EXPECT_TRUE(may("192.0.2.7"));
    EXPECT_FALSE(may("192.0.2.8"));
}

TEST(ClientRules, AreRefusedWhereTheyMakeNoSense) {
    EXPECT_EQ(flaw_in("client = [{network = \"192.0.2.0/24\"}, {network = \"192.0.2.1\"}]"), "");
    const std::pair<std::string, std::string> cases[] = {
        {R"({network = "192.0.2.0/24"}, {network = "192.0.2.9/24"})", "has two tables"},
        {R"({network = "0.0.0.0/0", relay = true})", "send spam through this server"},
        {R"({network = "::/0", relay = true})", "send spam through this server"},
        {R"({network = "192.0.2.1", action = "deny", relay = true})", "lets clients relay whom it refuses"},
        {R"({network = "192.0.2.1", text = "no"})", "refuses nobody"},
        {R"({network = "192.0.2.1", action = "deny", text = "a\nb"})", "printable"},
        {R"({network = "mail.example.org", action = "deny"})", "mail.example.org"},
        {R"({action = "deny"})", "network"},
    };
    for (const auto& [table, want] : cases)
        EXPECT_NE(flaw_in("client = [" + table + "]").find(want), std::string::npos)
            << table << ": " << flaw_in("client = [" + table + "]");
}

}  // namespace
}  // namespace site
