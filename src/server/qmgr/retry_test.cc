#include "qmgr/retry.h"

#include <gtest/gtest.h>

#include "qmgr/age.h"
#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using namespace std::chrono_literals;

// RFC 5321 §4.5.4.1: soon at first, then ever more rarely.
TEST(RetrySchedule, GrowsFromFirstToLongest) {
    const RetrySchedule schedule(1min, 1h);
    EXPECT_EQ(schedule.wait_after(1), 1min);
    for (std::uint32_t n = 1; n < 200; ++n) {
        EXPECT_GE(schedule.wait_after(n + 1), schedule.wait_after(n));
        EXPECT_LE(schedule.wait_after(n), 1h);
    }
    EXPECT_EQ(schedule.wait_after(60'000), 1h);
    EXPECT_LT(schedule.wait_after(5), 10min);
    EXPECT_GE(schedule.attempts_within(std::chrono::days(5)), 100u);
    EXPECT_LE(schedule.attempts_within(std::chrono::days(5)), 140u);
    EXPECT_EQ(schedule.attempts_within(0s), 1u);
    EXPECT_EQ(RetrySchedule(1h, 1min).wait_after(1), 1min);
    EXPECT_EQ(RetrySchedule(0ms, 0ms).wait_after(7), 0ms);
}

TEST(RetrySchedule, SpreadsByATenth) {
    testing::CountingRandom random;
    milliseconds least = 1h;
    milliseconds most = 0ms;
    for (int i = 0; i < 1000; ++i) {
        const auto wait = spread(100s, random);
        least = std::min(least, wait);
        most = std::max(most, wait);
    }
    EXPECT_GE(least, 90s);
    EXPECT_LT(least, 91s);
    EXPECT_LE(most, 110s);
    EXPECT_GT(most, 109s);
    EXPECT_EQ(spread(5ms, random), 5ms);
}

TEST(Ages, LeapsOfTheClockDoNotCount) {
    testing::TableClock clock;
    Ages ages(clock);
    const auto before = clock.wall().time_since_epoch().count();
    clock.pass(1h);
    ages.observe();
    EXPECT_EQ(ages.age(before), 1h);
    clock.set_wall_forward(24h * 365);
    ages.observe();
    EXPECT_EQ(ages.age(before), 1h);
    const auto after = clock.wall().time_since_epoch().count();
    clock.pass(2h);
    ages.observe();
    EXPECT_EQ(ages.age(before), 3h);
    EXPECT_EQ(ages.age(after), 2h);
    clock.set_wall_forward(-48h);
    ages.observe();
    EXPECT_EQ(ages.age(after), 0h);
}

}  // namespace
}  // namespace qmgr
