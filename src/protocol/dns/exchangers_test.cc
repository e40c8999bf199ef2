#include "dns/exchangers.h"

#include <gtest/gtest.h>

#include <set>

#include "dns/table.h"

namespace {

constexpr std::string_view zone = R"(
{"name": "good.example", "type": "MX", "data": "20 mx2.good.example"}
{"name": "good.example", "type": "MX", "data": "10 mx1.good.example"}
{"name": "mx1.good.example", "type": "A", "data": "192.0.2.1"}
{"name": "mx1.good.example", "type": "AAAA", "data": "2001:db8::1"}
{"name": "mx2.good.example", "type": "A", "data": "192.0.2.2"}
{"name": "implicit.example", "type": "A", "data": "192.0.2.3"}
{"name": "alias.example", "type": "CNAME", "data": "good.example"}
{"name": "null.example", "type": "MX", "data": "0 ."}
{"name": "halfnull.example", "type": "MX", "data": "0 ."}
{"name": "halfnull.example", "type": "MX", "data": "5 mx2.good.example"}
{"name": "text.example", "type": "TXT", "data": "no address"}
{"name": "lost.example", "type": "MX", "data": "10 nowhere.example"}
{"name": "odd.example", "type": "MX", "data": "10 a\\.b.example"}
{"name": "servfail.example", "type": "MX", "rcode": "SERVFAIL"}
{"name": "bogus.example", "type": "*", "rcode": "BOGUS"}
{"name": "timeout.example", "type": "MX", "data": "10 slow.example"}
{"name": "slow.example", "type": "*", "rcode": "TIMEOUT"}
{"name": "partly.example", "type": "MX", "data": "10 slow.example"}
{"name": "partly.example", "type": "MX", "data": "20 mx2.good.example"}
{"name": "ours.example", "type": "MX", "data": "10 mx1.good.example"}
{"name": "ours.example", "type": "MX", "data": "20 we.example"}
{"name": "ours.example", "type": "MX", "data": "20 mx2.good.example"}
{"name": "ours.example", "type": "MX", "data": "30 mx2.good.example"}
{"name": "loop.example", "type": "MX", "data": "10 We.Example"}
{"name": "loop.example", "type": "MX", "data": "20 mx1.good.example"}
{"name": "loopback.example", "type": "MX", "data": "10 local.example"}
{"name": "local.example", "type": "A", "data": "127.0.0.1"}
{"name": "zero.example", "type": "A", "data": "0.0.0.0"}
{"name": "other.example", "type": "A", "data": "192.0.2.77"}
{"name": "six.example", "type": "AAAA", "data": "::1"}
{"name": "mapped.example", "type": "AAAA", "data": "::ffff:127.0.0.1"}
{"name": "secure.example", "type": "MX", "data": "10 mx.secure.example", "secure": true}
{"name": "secure.example", "type": "MX", "data": "20 mx2.good.example", "secure": true}
{"name": "mx.secure.example", "type": "A", "data": "192.0.2.5", "secure": true}
)";

dns::Exchangers resolve(std::string_view domain, const dns::Table& table, std::uint64_t seed = 1) {
    dns::Ourselves ourselves;
    ourselves.host_names = {"we.example"};
    ourselves.addresses = {*ip::parse_address("192.0.2.77")};
    dns::Exchangers exchangers(domain, ourselves, seed);
    for (int questions = 0; !exchangers.is_done() && questions < 100; ++questions)
        exchangers.answer(exchangers.questions().front(), table.answer(exchangers.questions().front()));
    EXPECT_TRUE(exchangers.is_done());
    return exchangers;
}

std::string story(std::string_view domain) {
    static const auto table = dns::parse_table(zone);
    const auto exchangers = resolve(domain, *table);
    if (const auto* none = exchangers.no_route()) return std::to_string(none->code) + ' ' + none->status;
    std::string out;
    for (const auto& host : *exchangers.hosts())
        out +=
            (out.empty() ? "" : ", ") + host.host + ' ' + ip::to_text(host.address) + (host.is_secure ? " secure" : "");
    return out;
}

}  // namespace

// RFC 5321 §5.1, RFC 7505 §3, RFC 3463 §3.2, §3.5
TEST(DnsExchangers, FindsWhereMailGoes) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"good.example", "mx1.good.example 2001:db8::1, mx1.good.example 192.0.2.1, mx2.good.example 192.0.2.2"},
        {"GOOD.example.", "mx1.good.example 2001:db8::1, mx1.good.example 192.0.2.1, mx2.good.example 192.0.2.2"},
        {"alias.example", "mx1.good.example 2001:db8::1, mx1.good.example 192.0.2.1, mx2.good.example 192.0.2.2"},
        {"implicit.example", "implicit.example 192.0.2.3"},
        {"partly.example", "mx2.good.example 192.0.2.2"},
        {"halfnull.example", "mx2.good.example 192.0.2.2"},
        {"secure.example", "mx.secure.example 192.0.2.5 secure, mx2.good.example 192.0.2.2"},
        {"[192.0.2.9]", "[192.0.2.9] 192.0.2.9"},
        {"[IPv6:2001:db8::9]", "[IPv6:2001:db8::9] 2001:db8::9"},
        {"null.example", "556 5.1.10"},
        {"missing.example", "550 5.1.2"},
        {"text.example", "550 5.4.4"},
        {"lost.example", "550 5.4.4"},
        {"odd.example", "550 5.4.4"},
        {"servfail.example", "451 4.4.3"},
        {"bogus.example", "451 4.4.3"},
        {"timeout.example", "451 4.4.3"},
        {"", "550 5.1.2"},
        {"a..b", "550 5.1.2"},
        {"a b", "550 5.1.2"},
        {"[x]", "550 5.1.2"},
        {"[192.0.2.9", "550 5.1.2"},
    };
    for (const auto& [domain, want] : cases) EXPECT_EQ(story(domain), want) << domain;
}

// RFC 5321 §5.1: we, those as good as we, and all worse ones are left out.
TEST(DnsExchangers, NeverLeadsBackToUs) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"ours.example", "mx1.good.example 2001:db8::1, mx1.good.example 192.0.2.1"},
        {"loop.example", "550 5.4.6"},
        {"we.example", "550 5.1.2"},  // not in the zone
        {"loopback.example", "550 5.4.6"},
        {"zero.example", "550 5.4.6"},
        {"other.example", "550 5.4.6"},
        {"six.example", "550 5.4.6"},
        {"mapped.example", "550 5.4.6"},
        {"[127.0.0.1]", "550 5.4.6"},
        {"[IPv6:::1]", "550 5.4.6"},
        {"[192.0.2.77]", "550 5.4.6"},
    };
    for (const auto& [domain, want] : cases) EXPECT_EQ(story(domain), want) << domain;
}

// RFC 5321 §5.1: equal preferences in random order, others never
TEST(DnsExchangers, ShufflesEqualPreferences) {
    std::string text;
    for (int i = 0; i < 4; ++i) {
        const auto host = "mx" + std::to_string(i) + ".example";
        text +=
            R"({"name": "x.example", "type": "MX", "data": ")" + std::to_string(i < 3 ? 10 : 20) + ' ' + host + "\"}\n";
        text += R"({"name": ")" + host + R"(", "type": "A", "data": "192.0.2.1"})" + "\n";
    }
    const auto table = dns::parse_table(text);
    std::set<std::string> orders;
    for (std::uint64_t seed = 0; seed < 100; ++seed) {
        const auto exchangers = resolve("x.example", *table, seed);
        std::string order;
        for (const auto& host : *exchangers.hosts()) order += host.host;
        EXPECT_TRUE(order.ends_with("mx3.example"));
        orders.insert(order);
    }
    EXPECT_EQ(orders.size(), 6u);
}

// Hostile: a domain with hundreds of exchangers, each with hundreds of addresses
TEST(DnsExchangers, KeepsToItsLimits) {
    std::string text;
    for (int i = 0; i < 100; ++i) {
        const auto host = "mx" + std::to_string(i) + ".example";
        text += R"({"name": "x.example", "type": "MX", "data": "10 )" + host + "\"}\n";
        for (int j = 0; j < 5; ++j)
            text += R"({"name": ")" + host + R"(", "type": "A", "data": "192.0.2.)" + std::to_string(j) + "\"}\n";
    }
    const auto table = dns::parse_table(text);
    ASSERT_TRUE(table);
    const auto exchangers = resolve("x.example", *table);
    EXPECT_EQ(exchangers.hosts()->size(), dns::most_exchanger_addresses);
}

TEST(DnsExchangers, IgnoresAnswersToNothing) {
    dns::Exchangers exchangers("x.example", {}, 1);
    exchangers.answer({*dns::parse_name("y.example"), dns::Type::Mx}, dns::failed(""));
    EXPECT_FALSE(exchangers.is_done());
    EXPECT_EQ(exchangers.questions().size(), 1u);
}
