#include "tokend/introspections.h"

#include <gtest/gtest.h>

namespace tokend {
namespace {

using namespace std::chrono_literals;
using directory::Introspected;

class SetClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return clocks::Wall(1'800'000'000s) + (now - clocks::Steady(1000h)); }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now = clocks::Steady(1000h);
};

const std::string yes = R"({"active":true})";

struct IntrospectionsOfTokens : ::testing::Test {
    void ask(std::uint64_t ticket, const std::string& token) { all.take({.ticket = ticket, .token = token}); }
    Introspected last() const { return std::get<Introspected>(told.back()); }

    SetClock clock;
    std::vector<std::string> asked;
    std::vector<directory::FromTokend> told;
    std::vector<std::string> warnings;
    Introspections all{{.ask = [this](std::string token) { asked.push_back(std::move(token)); },
                        .tell = [this](const directory::FromTokend& message) { told.push_back(message); },
                        .warn = [this](const std::string& why) { warnings.push_back(why); }},
                       clock,
                       60s};
};

// RFC 7662 §4
TEST_F(IntrospectionsOfTokens, AreKeptForAShortTime) {
    ask(1, "a");
    ask(2, "a");
    EXPECT_EQ(asked, std::vector<std::string>{"a"}) << "it is being asked about";
    all.answered("a", yes);
    ASSERT_EQ(told.size(), 2u);
    EXPECT_EQ(last(), (Introspected{.ticket = 2, .is_answered = true, .json = yes}));
    clock.now += 59s;
    ask(3, "a");
    EXPECT_EQ(last(), (Introspected{.ticket = 3, .is_answered = true, .json = yes}));
    ask(4, "b");
    EXPECT_EQ(asked.back(), "b") << "another token is another's";
    clock.now += 1s;
    ask(5, "a");
    EXPECT_EQ(asked.size(), 3u);
}

TEST_F(IntrospectionsOfTokens, AreNotKeptBeyondTheEndOfTheToken) {
    ask(1, "a");
    all.answered("a", R"({"active":true,"exp":1800000010})");
    clock.now += 9s;
    ask(2, "a");
    EXPECT_EQ(asked.size(), 1u);
    clock.now += 1s;
    ask(3, "a");
    EXPECT_EQ(asked.size(), 2u);
}

TEST_F(IntrospectionsOfTokens, AreKeptNotAtAllWhereNoneIsToBe) {
    all.use(0s);
    ask(1, "a");
    all.answered("a", yes);
    ask(2, "a");
    EXPECT_EQ(asked.size(), 2u);
}

TEST_F(IntrospectionsOfTokens, WhatIsNoAnswerIsNotKept) {
    for (const auto& said : {std::expected<std::string, std::string>(std::unexpected("down")),
                             std::expected<std::string, std::string>("<html>"),
                             std::expected<std::string, std::string>(R"({"error":"invalid_client"})")}) {
        ask(1, "a");
        all.answered("a", said);
        EXPECT_EQ(last(), Introspected{.ticket = 1});
    }
    EXPECT_EQ(asked.size(), 3u);
    EXPECT_EQ(warnings.size(), 1u) << "once, until he answers again";
    ask(2, "a");
    all.answered("a", yes);
    EXPECT_TRUE(last().is_answered);
    ask(3, "b");
    all.answered("b", std::unexpected("down"));
    EXPECT_EQ(warnings.size(), 2u);
}

// Hostile: the issuer is not to suffer from those who have no account.
TEST_F(IntrospectionsOfTokens, AreSoManyAtATimeAndNoMore) {
    std::uint64_t ticket = 0;
    for (; ticket < Introspections::most_waiting; ++ticket) ask(ticket, std::to_string(ticket));
    EXPECT_EQ(asked.size(), Introspections::most_at_once);
    EXPECT_TRUE(told.empty());
    ask(ticket, "one more");
    EXPECT_EQ(last(), Introspected{.ticket = ticket});
    all.answered("0", yes);
    EXPECT_EQ(asked.size(), Introspections::most_at_once + 1);
    EXPECT_EQ(asked.back(), "8") << "the one that has waited longest";
    all.forget();
    for (int i = 1; i <= 8; ++i) all.answered(std::to_string(i), yes);
    EXPECT_EQ(told.size(), 2u) << "nobody waits any more";
    ask(0, "again");
    EXPECT_EQ(asked.back(), "again");
}

// Hostile
TEST_F(IntrospectionsOfTokens, AreForgottenWhereThereAreTooMany) {
    for (std::size_t i = 0; i <= Introspections::most_kept; ++i) {
        ask(1, std::to_string(i));
        all.answered(std::to_string(i), yes);
    }
    const auto before = asked.size();
    std::size_t kept = 0;
    for (std::size_t i = 0; i <= Introspections::most_kept; ++i) {
        ask(1, std::to_string(i));
        if (asked.size() > before) break;
        ++kept;
    }
    EXPECT_LT(kept, Introspections::most_kept + 1);
}

}  // namespace
}  // namespace tokend
