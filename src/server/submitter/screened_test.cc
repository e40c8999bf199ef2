#include "submitter/screened.h"

#include <gtest/gtest.h>

namespace {

using submitter::verdict_of;

const smtp::Reply rejected(550, "5.7.25", "no name"), deferred(451, "4.1.8", "no domain; try again later");

std::string code_of(const policyd::Screened& screened, site::ScreeningWeight weight) {
    return verdict_of(screened, weight).enhanced;
}

TEST(Screened, TheSternestDecides) {
    const policyd::Screened both{.rejected = rejected, .deferred = deferred, .score = 500};
    EXPECT_EQ(code_of({}, {.reject_at = 5}), "2.1.0");
    EXPECT_EQ(code_of(both, {.reject_at = 5}), "5.7.25");
    EXPECT_EQ(code_of({.deferred = deferred, .score = 500}, {.reject_at = 5}), "5.7.1");
    EXPECT_EQ(code_of({.deferred = deferred, .score = 499}, {.reject_at = 5}), "4.1.8");
    EXPECT_EQ(code_of({.score = 499}, {.reject_at = 5}), "2.1.0");
    EXPECT_EQ(code_of({.score = 499}, {.reject_at = 4.99}), "5.7.1");
    EXPECT_EQ(code_of({.score = 1'000'000}, {}), "2.1.0") << "0: nobody is for his score";
}

// RFC 5321 §4.5.1: mail for postmaster is taken.
TEST(Screened, WhoIsExemptTakesAll) {
    const policyd::Screened all{.rejected = rejected, .deferred = deferred, .score = 500};
    EXPECT_EQ(code_of(all, {.is_exempt = true, .reject_at = 5}), "2.1.0");
}

TEST(Screened, TellsTheClientWhy) {
    EXPECT_EQ(verdict_of({.score = 550, .reasons = "one; two"}, {.reject_at = 5}).text,
              "Looks like spam, 5.5 points: one; two");
}

// What policyd says is checked: it reads what strangers wrote.
TEST(Screened, IsNotBelievedBlindly) {
    EXPECT_EQ(code_of({.rejected = smtp::Reply(250, "2.0.0", ""), .score = 500}, {.reject_at = 5}), "5.7.1");
    EXPECT_EQ(code_of({.rejected = deferred, .deferred = rejected}, {}), "2.1.0");
    const policyd::Screened absurd{.score = std::numeric_limits<std::int32_t>::max(),
                                   .reasons = std::string(9000, 'x')};
    EXPECT_LT(verdict_of(absurd, {.reject_at = 10'000}).text.size(), policyd::longest_reasons + 100);
    EXPECT_EQ(policyd::points(std::numeric_limits<std::int32_t>::min()), -10'000);
}

}  // namespace
