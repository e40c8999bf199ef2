#include "master/stop_times.h"

#include <gtest/gtest.h>

#include <algorithm>

using namespace std::chrono_literals;

TEST(StopTimes, EveryRoundHasSomeAndTheWholeIsKept) {
    for (const std::chrono::milliseconds all : {1000ms, 2000ms, 5000ms, 60'000ms}) {
        SCOPED_TRACE(all.count());
        const auto times = master::stop_times(all);
        EXPECT_EQ(times.back().until, all);
        auto before = 0ms;
        for (const auto& time : times) {
            EXPECT_GE(time.until - before, std::min(all / 20, 200ms));
            EXPECT_GT(time.until - time.leave, before);
            before = time.until;
        }
        EXPECT_GE(times.front().until, all * 3 / 4) << "those who talk to others have most of it";
    }
    EXPECT_EQ(master::stop_times(60'000ms).front().until, 59'000ms) << "a long time is theirs";
}
