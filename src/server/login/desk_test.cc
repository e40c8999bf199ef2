#include "login/desk.h"

#include <gtest/gtest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

namespace login {
namespace {

namespace asio = boost::asio;
using Outcome = directory::LoginStep::Outcome;

struct Logins : testing::Test {
    asio::io_context context;
    bool is_connected = true;
    std::vector<directory::BeginLogin> begun;
    std::vector<directory::ContinueLogin> continued;
    std::vector<std::uint64_t> abandoned;
    std::vector<directory::MaySend> questions;
    Desk desk{{
        .begin = [this](const auto& message) { return begun.push_back(message), is_connected; },
        .proceed = [this](const auto& message) { return continued.push_back(message), is_connected; },
        .abandon = [this](const auto& message) { return abandoned.push_back(message.exchange), is_connected; },
        .may_send = [this](const auto& message) { return questions.push_back(message), is_connected; },
    }};
    std::vector<Outcome> outcomes;

    /// One challenge at most.
    void log_in() {
        auto conversation = [](Logins& test) -> net::Task<void> {
            Attempt attempt(test.desk);
            auto step = co_await attempt.begin({.mechanism = "LOGIN"});
            test.outcomes.push_back(step.outcome);
            if (step.outcome != Outcome::Challenge) co_return;
            step = co_await attempt.answer("response");
            test.outcomes.push_back(step.outcome);
        };
        asio::co_spawn(context, conversation(*this), asio::detached);
        turn();
    }
    void turn() {
        for (int i = 0; i < 20; ++i) context.poll(), context.restart();
    }
    void say(std::uint64_t ticket, Outcome outcome) {
        desk.take(directory::LoginStep{.ticket = ticket, .outcome = outcome});
        turn();
    }
};

TEST_F(Logins, AreStepsOfOneExchange) {
    log_in();
    log_in();
    ASSERT_EQ(begun.size(), 2u);
    ASSERT_NE(begun[0].ticket, begun[1].ticket);
    say(begun[1].ticket, Outcome::Challenge);
    say(begun[0].ticket, Outcome::Rejected);
    ASSERT_EQ(continued.size(), 1u);
    EXPECT_EQ(continued[0].exchange, begun[1].ticket);
    EXPECT_EQ(continued[0].response, "response");
    say(continued[0].ticket, Outcome::Success);
    EXPECT_EQ(outcomes, (std::vector{Outcome::Challenge, Outcome::Rejected, Outcome::Success}));
    EXPECT_TRUE(abandoned.empty());
}

// Who gives up in the middle leaves nothing behind.
TEST_F(Logins, AreAbandonedByWhoeverLeaves) {
    log_in();
    say(begun[0].ticket, Outcome::Challenge);
    say(continued[0].ticket, Outcome::Challenge);
    EXPECT_EQ(abandoned, std::vector{begun[0].ticket});
}

TEST_F(Logins, AreAnsweredLaterWithoutDirectory) {
    is_connected = false;
    log_in();
    EXPECT_EQ(outcomes, std::vector{Outcome::Later});
    is_connected = true;
    log_in();
    say(begun[1].ticket, Outcome::Challenge);
    desk.lost();
    turn();
    EXPECT_EQ(outcomes, (std::vector{Outcome::Later, Outcome::Challenge, Outcome::Later}));
    say(7, Outcome::Success);  // Hostile: to nobody's question
    EXPECT_EQ(outcomes.size(), 3u);
}

TEST_F(Logins, AskForSenders) {
    std::vector<int> codes;
    auto ask = [](Logins& test, std::vector<int>& heard) -> net::Task<void> {
        auto verdict = co_await test.desk.may_send({.account = "ann", .addresses = {"a@b.test"}});
        heard.push_back(verdict.reply.code);
    };
    asio::co_spawn(context, ask(*this, codes), asio::detached);
    turn();
    desk.take(directory::SenderVerdict{questions.at(0).ticket, {250, "2.1.0", "ok"}});
    asio::co_spawn(context, ask(*this, codes), asio::detached);
    turn();
    desk.lost();
    turn();
    EXPECT_EQ(codes, (std::vector{250, 451}));
}

}  // namespace
}  // namespace login
