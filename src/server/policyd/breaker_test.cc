#include "policyd/breaker.h"

#include <gtest/gtest.h>

namespace policyd {
namespace {

using namespace std::chrono_literals;

struct Breaking : testing::Test {
    void fail(int times) {
        for (int i = 0; i < times; ++i) {
            EXPECT_TRUE(breaker.may_ask(now));
            breaker.failed(now);
        }
    }
    Breaker breaker;
    Breaker::Time now{1h};
};

TEST_F(Breaking, RestsAfterThreeFailuresOnEnd) {
    fail(2);
    EXPECT_TRUE(breaker.may_ask(now));
    breaker.succeeded();
    fail(3);
    EXPECT_FALSE(breaker.may_ask(now));
    EXPECT_FALSE(breaker.may_ask(now + 4999ms));
}

TEST_F(Breaking, IsTriedByOneQuestionAtATime) {
    fail(3);
    now += Breaker::first_rest;
    EXPECT_TRUE(breaker.may_ask(now));
    EXPECT_FALSE(breaker.may_ask(now)) << "one is under way";
    breaker.succeeded();
    EXPECT_TRUE(breaker.may_ask(now));
    EXPECT_TRUE(breaker.may_ask(now));
}

TEST_F(Breaking, RestsLongerEachTimeAndNeverForLong) {
    fail(3);
    for (const auto rest : {5s, 10s, 20s, 40s, 60s, 60s}) {
        EXPECT_FALSE(breaker.may_ask(now + rest - 1ms));
        now += rest;
        fail(1);
    }
}

// Questions that were under way when it was found dead fail later.
TEST_F(Breaking, FailuresOfOldQuestionsOnlyPutTheRestOff) {
    for (int i = 0; i < 5; ++i) EXPECT_TRUE(breaker.may_ask(now));
    for (int i = 0; i < 5; ++i) breaker.failed(now);
    EXPECT_FALSE(breaker.may_ask(now + 4s));
    EXPECT_TRUE(breaker.may_ask(now + 5s));
}

}  // namespace
}  // namespace policyd
