// Both identities of a sender against a table in place of the DNS: who decides, what is written, and when it ends.
#include "policyd/explain.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include "policyd/inbox.h"

namespace policyd {
namespace {

constexpr std::string_view table = R"({"name": "good.test", "type": "TXT", "data": "v=spf1 ip4:192.0.2.0/24 -all"}
{"name": "bad.test", "type": "TXT", "data": "v=spf1 ip4:198.51.100.1 -all"}
{"name": "silent.test", "type": "A", "data": "192.0.2.99"}
{"name": "slow.test", "type": "*", "rcode": "TIMEOUT"}
{"name": "mx.good.test", "type": "TXT", "data": "v=spf1 ip4:192.0.2.1 -all"}
{"name": "mx.bad.test", "type": "TXT", "data": "v=spf1 -all"}
)";

struct Counting final : resolver::Resolver {
    net::Task<dns::Answer> ask(dns::Question question) override {
        ++asked;
        co_return known.answer(question);
    }
    dns::Table known = *dns::parse_table(table);
    unsigned asked = 0;
};

struct Examining : testing::Test {
    Examining() {
        config.hostname = "mx.l.test";
        config.spf.behavior = site::SpfBehavior::RejectFail;
    }
    Examination of(const std::string& helo, const std::string& reverse_path) {
        Examination examination;
        boost::asio::io_context context;
        const auto run = [&]() -> net::Task<void> {
            examination = co_await examine(resolver, config, *ip::parse_address("192.0.2.1"), helo, reverse_path,
                                           {.passed = [this] { return passed; }, .now = 1});
        };
        boost::asio::co_spawn(context, run(), boost::asio::detached);
        context.run();
        return examination;
    }
    Passage passage_for(const std::string& reverse_path) {
        Passage passage;
        boost::asio::io_context context;
        const auto run = [&]() -> net::Task<void> {
            passage =
                co_await passage_of(resolver, config, reverse_path, {.passed = [this] { return passed; }, .now = 1});
        };
        boost::asio::co_spawn(context, run(), boost::asio::detached);
        context.run();
        return passage;
    }
    Counting resolver;
    Config config;
    std::chrono::steady_clock::duration passed{0};
};

// RFC 7208 §2.3, §2.4
TEST_F(Examining, BothNamesAreAskedAbout) {
    struct Case {
        std::string helo;
        std::string reverse_path;
        std::uint16_t code;
        std::vector<std::pair<spf::Identity, spf::Result>> want;  // the one that decided comes first
    };
    using enum spf::Identity;
    using enum spf::Result;
    const Case cases[] = {
        {"mx.good.test", "a@good.test", 250, {{MailFrom, Pass}, {Helo, Pass}}},
        {"mx.good.test", "a@bad.test", 550, {{MailFrom, Fail}, {Helo, Pass}}},
        {"mx.bad.test", "a@good.test", 550, {{Helo, Fail}}},
        {"slow.test", "a@good.test", 250, {{MailFrom, Pass}, {Helo, TempError}}},
        {"mx.good.test", "a@slow.test", 451, {{MailFrom, TempError}, {Helo, Pass}}},
        {"mx.good.test", "", 250, {{Helo, Pass}}},
        {"mx.bad.test", "", 550, {{Helo, Fail}}},
        {"GOOD.test", "a@good.test", 250, {{MailFrom, Pass}}},
        {"[192.0.2.1]", "a@good.test", 250, {{MailFrom, Pass}}},
        {"localhost", "a@silent.test", 250, {{MailFrom, None}}},
    };
    for (const auto& [helo, reverse_path, code, want] : cases) {
        const auto examination = of(helo, reverse_path);
        EXPECT_EQ(examination.reply.code, code) << helo << ' ' << reverse_path;
        std::vector<std::pair<spf::Identity, spf::Result>> got;
        for (const auto& one : examination.examined) got.emplace_back(one.report.identity, one.report.result);
        EXPECT_EQ(got, want) << helo << ' ' << reverse_path;
    }
}

TEST_F(Examining, OfHeloOnlyWhereItIsWanted) {
    config.spf.helo = false;
    const auto examination = of("mx.bad.test", "a@good.test");
    EXPECT_EQ(examination.reply.code, 250);
    EXPECT_EQ(examination.examined.size(), 1u);
}

TEST_F(Examining, RulesAndGuessOfOursCount) {
    config.spf.local_rules = "ip4:192.0.2.1";
    EXPECT_EQ(of("localhost", "a@bad.test").examined.front().report.origin, spf::Origin::LocalRules);
    config.spf.local_rules.clear();
    config.spf.guess = "a/24";
    EXPECT_EQ(of("localhost", "a@silent.test").examined.front().report.origin, spf::Origin::Guess);
    config.spf.explanation = "%{i} is not of %{d}";
    EXPECT_EQ(of("localhost", "a@bad.test").reply.text, "192.0.2.1 is not of bad.test");
}

TEST_F(Examining, ForwardersAreTrusted) {
    config.spf.trusted_forwarders = {{*ip::parse_address("192.0.2.0"), 24}};
    const auto examination = of("mx.bad.test", "a@bad.test");
    EXPECT_EQ(examination.reply.code, 250);
    EXPECT_EQ(resolver.asked, 0u);
    EXPECT_EQ(trace_of(config.spf, examination), "");
}

// RFC 7208 §4.6.4: what is not answered in time is temperror, and no question is asked any more.
TEST_F(Examining, EndsWhenItsTimeIsOver) {
    passed = config.spf.timeout;
    const auto examination = of("localhost", "a@good.test");
    EXPECT_EQ(examination.reply.code, 451);
    EXPECT_EQ(examination.examined.front().report.result, spf::Result::TempError);
    EXPECT_EQ(resolver.asked, 0u);
}

// RFC 7208 §9.1. Hostile: what the client said of itself makes no field of its own, and no line without end.
TEST_F(Examining, IsWrittenDown) {
    const auto trace = trace_of(config.spf, of("mx.good.test", "a@good.test"));
    EXPECT_TRUE(trace.starts_with("Received-SPF: pass (mx.l.test: domain of a@good.test designates")) << trace;
    EXPECT_NE(trace.find("\r\nReceived-SPF: pass "), std::string::npos) << trace;
    const auto hostile =
        trace_of(config.spf, of("x\r\nBcc: y." + std::string(3000, '"'), std::string(3000, '"') + "@bad.test"));
    EXPECT_LE(hostile.size(), longest_trace);
    for (std::size_t at = hostile.find("\r\n"); at + 2 < hostile.size(); at = hostile.find("\r\n", at + 2))
        EXPECT_TRUE(hostile.substr(at + 2).starts_with("Received-SPF:") ||
                    std::string_view(" \t").contains(hostile[at + 2]))
            << hostile;
    config.spf.qmail_header = true;
    EXPECT_NE(trace_of(config.spf, of("mx.good.test", "a@good.test")).find("SPF record at good.test designates"),
              std::string::npos);
}

// RFC 7208: it is the next host that asks, and it asks about us.
TEST_F(Examining, WhoPassesWhenWeSendItOn) {
    struct Case {
        std::string reverse_path;
        std::vector<std::string> own;
        bool is_free;
        std::string reason;
    };
    const Case cases[] = {
        {"a@good.test", {"192.0.2.7"}, true, "SPF of good.test gives pass (ip4:192.0.2.0/24) for 192.0.2.7"},
        {"a@bad.test", {"192.0.2.7"}, false, "SPF of bad.test gives fail (all) for 192.0.2.7"},
        {"a@good.test", {"192.0.2.7", "2001:db8::1"}, false, "SPF of good.test gives fail (all) for 2001:db8::1"},
        {"a@silent.test", {"192.0.2.7"}, true, ""},
        {"a@bad.test", {}, false, "nobody knows which addresses our mail leaves from: mx.l.test has none"},
    };
    config.spf.local_rules = "+all";  // ours, not the next host's
    config.spf.guess = "-all";
    for (const auto& [reverse_path, own, is_free, reason] : cases) {
        config.srs.addresses.clear();
        for (const auto& address : own) config.srs.addresses.push_back(*ip::parse_address(address));
        const auto passage = passage_for(reverse_path);
        EXPECT_EQ(passage.is_free, is_free) << reverse_path;
        EXPECT_TRUE(passage.is_known);
        if (!reason.empty()) EXPECT_EQ(passage.reason, reason);
    }
    config.srs.addresses = {*ip::parse_address("192.0.2.7")};
    EXPECT_FALSE(passage_for("a@slow.test").is_free);
    EXPECT_FALSE(passage_for("a@slow.test").is_known);
}

TEST_F(Examining, OurAddressesAreThoseOfOurName) {
    config.hostname = "silent.test";  // 192.0.2.99
    EXPECT_TRUE(passage_for("a@good.test").is_free);
    EXPECT_FALSE(passage_for("a@bad.test").is_free);
    config.relay.bind_ipv4 = ip::parse_address("198.51.100.1");
    EXPECT_FALSE(passage_for("a@good.test").is_free);
    EXPECT_TRUE(passage_for("a@bad.test").is_free);
    passed = std::chrono::hours(1);
    config.relay.bind_ipv4.reset();
    EXPECT_FALSE(passage_for("a@good.test").is_known) << "no time is left";
}

}  // namespace
}  // namespace policyd
