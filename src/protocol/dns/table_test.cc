#include "dns/table.h"

#include <gtest/gtest.h>

using dns::Existence;
using dns::Outcome;
using dns::Type;

namespace {

constexpr std::string_view zone = R"({"name": "example.com", "type": "MX", "data": "10 mx.example.com"}
{"name": "EXAMPLE.com.", "type": "MX", "data": "20 mx2.example.com", "ttl": 60}

{"name": "example.com", "type": "TXT", "data": "v=spf1 -all"}
{"name": "example.com", "type": "TXT", "data": ["two ", "\u00e9\u0001"]}
{"name": "mx.example.com", "type": "A", "data": "192.0.2.1"}
{"name": "www.example.com", "type": "CNAME", "data": "mx.example.com"}
{"name": "dangling.example.com", "type": "CNAME", "data": "nothing.example.com"}
{"name": "loop.example.com", "type": "CNAME", "data": "loop.example.com"}
{"name": "a.b.c.example.net", "type": "A", "data": "192.0.2.2", "secure": true}
{"name": "broken.example", "type": "*", "rcode": "SERVFAIL"}
{"name": "partly.example", "type": "AAAA", "rcode": "TIMEOUT"}
{"name": "partly.example", "type": "A", "data": "192.0.2.3"}
{"name": "forged.example", "type": "A", "rcode": "BOGUS"}
{"name": "gone.example", "type": "*", "rcode": "NXDOMAIN"}
{"name": "silent.example", "type": "MX", "data": "0 "}
{"name": "silent.example", "type": "CNAME", "data": ""}
{"name": "silent.example", "type": "SPF", "data": ["v=spf1", " -all"]}
)";

dns::Answer ask(std::string_view name, Type type) {
    static const auto table = dns::parse_table(zone);
    EXPECT_TRUE(table) << table.error().line << ": " << table.error().problem;
    return table->answer({*dns::parse_name(name), type});
}

}  // namespace

TEST(DnsTable, Answers) {
    const auto mx = ask("Example.Com", Type::Mx);
    EXPECT_EQ(mx.outcome, Outcome::Insecure);
    ASSERT_EQ(mx.records.size(), 2u);
    EXPECT_EQ(dns::to_text(mx.records[0].value), "10 mx.example.com");
    EXPECT_EQ(mx.ttl, 60u);
    const auto txt = ask("example.com", Type::Txt);
    ASSERT_EQ(txt.records.size(), 2u);
    EXPECT_EQ(std::get<dns::Txt>(txt.records[1].value).strings, (std::vector<std::string>{"two ", "\xe9\x01"}));
    const auto secure = ask("a.b.c.example.net", Type::A);
    EXPECT_EQ(secure.outcome, Outcome::Secure);
}

// RFC 2308 §2, RFC 8020 §2
TEST(DnsTable, TellsNoDataFromNoName) {
    EXPECT_EQ(ask("example.com", Type::A).existence, Existence::NoData);
    EXPECT_EQ(ask("c.example.net", Type::A).existence, Existence::NoData);  // there is something below
    EXPECT_EQ(ask("com", Type::A).existence, Existence::NoData);
    EXPECT_EQ(ask("x.a.b.c.example.net", Type::A).existence, Existence::NoName);
    EXPECT_EQ(ask("example.org", Type::A).existence, Existence::NoName);
    EXPECT_EQ(ask("c.example.net", Type::A).outcome, Outcome::Insecure);
    EXPECT_EQ(ask("a.b.c.example.net", Type::Tlsa).outcome, Outcome::Secure);
}

// RFC 7505 §3: the null MX, also where the root is written as nothing
TEST(DnsTable, KnowsTheRoot) {
    const auto mx = ask("silent.example", Type::Mx);
    ASSERT_EQ(mx.records.size(), 1u);
    EXPECT_EQ(dns::to_text(mx.records[0].value), "0 .");
    EXPECT_EQ(ask("silent.example", Type::A).existence, Existence::NoData);
}

TEST(DnsTable, FollowsAliases) {
    const auto answer = ask("www.example.com", Type::A);
    ASSERT_TRUE(answer.has_records());
    EXPECT_EQ(answer.canonical_name, dns::parse_name("mx.example.com"));
    EXPECT_EQ(ask("www.example.com", Type::Mx).existence, Existence::NoData);
    EXPECT_EQ(ask("dangling.example.com", Type::A).existence, Existence::NoName);
    EXPECT_EQ(ask("loop.example.com", Type::A).outcome, Outcome::Failed);
    EXPECT_TRUE(ask("www.example.com", Type::Cname).has_records());
}

TEST(DnsTable, ForcesOutcomes) {
    EXPECT_EQ(ask("broken.example", Type::Mx).outcome, Outcome::Failed);
    EXPECT_EQ(ask("partly.example", Type::Aaaa).outcome, Outcome::Failed);
    EXPECT_TRUE(ask("partly.example", Type::A).has_records());
    EXPECT_EQ(ask("forged.example", Type::A).outcome, Outcome::Bogus);
    EXPECT_EQ(ask("gone.example", Type::A).existence, Existence::NoName);
    EXPECT_TRUE(ask("gone.example", Type::A).is_usable());
}

TEST(DnsTable, SaysWhereItIsWrong) {
    for (const std::string_view line :
         {"x", "[]", "{}", R"({"name": "a..b", "type": "A", "data": "192.0.2.1"})",
          R"({"name": "a", "type": "B", "data": "x"})", R"({"name": "a", "type": "A", "data": "x"})",
          R"({"name": "a", "type": "A"})", R"({"name": "a", "type": "A", "rcode": "MAYBE"})",
          R"({"name": "a", "type": "TXT", "data": "\u0100"})", R"({"name": "a", "type": "MX", "data": ["x"]})"}) {
        const auto table = dns::parse_table("\n" + std::string(line) + "\n");
        ASSERT_FALSE(table) << line;
        EXPECT_EQ(table.error().line, 2u);
        EXPECT_FALSE(table.error().problem.empty());
    }
}
