#include "file/together.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <latch>
#include <set>
#include <thread>
#include <vector>

namespace file {
namespace {

using testing::Each;
using testing::ElementsAre;

TEST(Together, OneByOneKeepsTheOrder) {
    std::vector<int> order;
    std::vector<Together::Job> jobs;
    for (int i = 0; i < 3; ++i) jobs.emplace_back([&order, i] { order.push_back(i); });
    OneByOne().run(jobs);
    EXPECT_THAT(order, ElementsAre(0, 1, 2));
}

// Each job waits until all are under way: it would never end if one began after another.
TEST(Together, SideBySideIsSideBySide) {
    std::latch all_there(4);
    std::vector<std::thread::id> by(4);
    std::vector<Together::Job> jobs;
    for (std::size_t i = 0; i < by.size(); ++i)
        jobs.emplace_back([&, i] {
            all_there.arrive_and_wait();
            by[i] = std::this_thread::get_id();
        });
    SideBySide(4).run(jobs);
    EXPECT_EQ(std::set(by.begin(), by.end()).size(), 4U);
}

TEST(Together, MoreJobsThanThreadsAreAllDoneOnce) {
    for (const std::size_t threads : {0U, 1U, 3U}) {
        std::vector<int> times(100);
        std::vector<Together::Job> jobs;
        for (auto& time : times) jobs.emplace_back([&time] { ++time; });
        SideBySide(threads).run(jobs);
        EXPECT_THAT(times, Each(1));
    }
    SideBySide(4).run({});
}

}  // namespace
}  // namespace file
