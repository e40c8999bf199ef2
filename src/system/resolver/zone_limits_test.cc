#include "resolver/zone_limits.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <optional>
#include <string>
#include <vector>

namespace resolver {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

class SetClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return clocks::Wall(now_); }
    clocks::Steady steady() const override { return clocks::Steady(now_); }
    void advance(std::chrono::milliseconds by) { now_ += by; }

private:
    std::chrono::milliseconds now_{1'000'000};
};

/// Name servers that answer at once, or once they are told to; and count what they were asked.
class Servers final : public Resolver {
public:
    explicit Servers(boost::asio::io_context& context) : held_(context) {
        held_.expires_at(std::chrono::steady_clock::time_point::max());
    }

    net::Task<dns::Answer> ask(dns::Question question) override {
        asked.push_back(dns::to_text(question));
        boost::system::error_code woken;
        if (is_slow) co_await held_.async_wait(boost::asio::redirect_error(boost::asio::use_awaitable, woken));
        co_return answer;
    }
    void release() {
        is_slow = false;
        held_.cancel();
    }

    std::vector<std::string> asked;
    dns::Answer answer{.outcome = dns::Outcome::Insecure, .ttl = 60};
    bool is_slow = false;

private:
    boost::asio::steady_timer held_;
};

class ZoneLimitsTest : public ::testing::Test {
protected:
    /// What comes of it; nothing as long as nobody answers.
    std::shared_ptr<std::optional<dns::Answer>> ask(const std::string& name, dns::Type type = dns::Type::A) {
        auto slot = std::make_shared<std::optional<dns::Answer>>();  // shared with the question
        boost::asio::co_spawn(context, names.ask({*dns::parse_name(name), type}),
                              [slot](const std::exception_ptr&, dns::Answer answer) { *slot = std::move(answer); });
        context.restart();
        context.poll();
        return slot;
    }
    bool is_answered(const std::string& name) {
        const auto answer = *ask(name);
        return answer && answer->is_usable();
    }

    boost::asio::io_context context;
    SetClock clock;
    Servers servers{context};
    ZoneLimits names{servers, clock, {.per_second = 10, .under_way = 3}};
};

TEST(ZoneOf, IsTheRegisteredDomain) {
    for (const auto& [name, zone] : std::vector<std::pair<std::string, std::string>>{
             {"a.b.victim.example", "victim.example"},
             {"victim.example", "victim.example"},
             {"example", "example"},
             {".", "."},
             {"x.victim.co.uk", "victim.co.uk"},
             {"co.uk", "co.uk"},
             {"x.gmx.de", "gmx.de"},
             {"x.co.example", "co.example"},
             {"s._domainkey.victim.com.au", "victim.com.au"},
             {"1.2.0.192.in-addr.arpa", "0.192.in-addr.arpa"},
             {"1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa", "8.b.d.0.1.0.0.2.ip6.arpa"}})
        EXPECT_EQ(dns::to_text(zone_of(*dns::parse_name(name))), zone) << name;
}

// RFC 7208 §11.5: whom a record leads us to is nobody we may flood.
TEST_F(ZoneLimitsTest, SoManyASecondOfOneZone) {
    int answered = 0;
    for (int i = 0; i < 100; ++i) answered += is_answered("u" + std::to_string(i) + ".victim.example");
    EXPECT_EQ(answered, 10);
    EXPECT_EQ(servers.asked.size(), 10u);
    EXPECT_THAT((*ask("one.more.victim.example"))->reason, HasSubstr("too many questions to victim.example"));
    EXPECT_TRUE(is_answered("u0.other.example"));
    clock.advance(500ms);
    answered = 0;
    for (int i = 0; i < 100; ++i) answered += is_answered("v" + std::to_string(i) + ".victim.example");
    EXPECT_EQ(answered, 5);
    names.use({.per_second = 1000, .under_way = 3});
    clock.advance(100ms);
    EXPECT_TRUE(is_answered("w.victim.example"));
}

TEST_F(ZoneLimitsTest, WhatIsKnownCostsNothing) {
    for (int i = 0; i < 100; ++i) EXPECT_TRUE(is_answered("www.victim.example"));
    for (int i = 0; i < 9; ++i) EXPECT_TRUE(is_answered("u" + std::to_string(i) + ".victim.example"));
    EXPECT_FALSE(is_answered("new.victim.example"));
    EXPECT_TRUE(is_answered("www.victim.example"));
    clock.advance(60s);
    for (int i = 0; i < 10; ++i) EXPECT_TRUE(is_answered("x" + std::to_string(i) + ".victim.example"));
    EXPECT_FALSE(is_answered("www.victim.example")) << "forgotten when its time is over";
}

// Hostile: a failure, or what may not be kept, is asked for again each time.
TEST_F(ZoneLimitsTest, WhatCannotBeKeptCostsEachTime) {
    for (const bool is_failure : {false, true}) {
        clock.advance(1s);
        servers.answer =
            is_failure ? dns::failed("SERVFAIL") : dns::Answer{.outcome = dns::Outcome::Insecure, .ttl = 0};
        servers.asked.clear();
        for (int i = 0; i < 100; ++i) ask("www.victim.example");
        EXPECT_EQ(servers.asked.size(), 10u);
    }
}

TEST_F(ZoneLimitsTest, SlowZonesKeepNobodyElseWaiting) {
    servers.is_slow = true;
    for (int i = 0; i < 3; ++i) EXPECT_FALSE(ask("u" + std::to_string(i) + ".slow.example")->has_value());
    const auto again = ask("u0.slow.example");
    EXPECT_FALSE(again->has_value()) << "it is being asked already";
    const auto refused = *ask("u3.slow.example");
    ASSERT_TRUE(refused);
    EXPECT_EQ(refused->outcome, dns::Outcome::Failed);
    EXPECT_THAT(refused->reason, HasSubstr("too many questions to slow.example under way"));
    EXPECT_FALSE(ask("u0.other.example")->has_value()) << "it is asked";
    servers.release();
    context.restart();
    context.poll();
    EXPECT_TRUE((*again)->is_usable());
    EXPECT_TRUE(is_answered("u4.slow.example"));
}

// Hostile: any number of zones and names.
TEST_F(ZoneLimitsTest, RemembersSoManyAtMost) {
    for (std::size_t i = 0; i < ZoneLimits::most_zones; ++i) ASSERT_TRUE(is_answered(std::to_string(i) + ".example"));
    EXPECT_EQ((*ask("one-more.example"))->reason, "too many zones at once");
    EXPECT_TRUE(is_answered("www.0.example"));
    clock.advance(1s);
    EXPECT_TRUE(is_answered("one-more.example"));
    for (std::size_t i = 0; i < ZoneLimits::most_questions; ++i)
        ASSERT_TRUE(is_answered("x." + std::to_string(i % 5000) + ".example")) << (clock.advance(1ms), i);
}

TEST(ZoneLimits, MayEndWithQuestionsUnderWay) {
    SetClock clock;
    std::optional<boost::asio::io_context> context(std::in_place);
    Servers servers(*context);
    servers.is_slow = true;
    {
        ZoneLimits names(servers, clock, {});
        boost::asio::co_spawn(*context, names.ask({*dns::parse_name("a.example"), dns::Type::A}),
                              [](const std::exception_ptr&, const dns::Answer&) {});
        context->poll();
        EXPECT_EQ(servers.asked.size(), 1u);
    }
    servers.release();
    context->restart();
    context->poll();
}

}  // namespace
}  // namespace resolver
