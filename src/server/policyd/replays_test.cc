#include "policyd/replays.h"

#include <gtest/gtest.h>

namespace policyd {
namespace {

using namespace std::chrono_literals;

clocks::Steady at(std::chrono::seconds time) { return clocks::Steady(time); }

TEST(Replays, CountEachRecipientOnce) {
    Replays replays;
    const Replays::Limits limits{.signatures = 1000, .recipients = 3, .window = 100s};
    EXPECT_EQ(replays.count("d.test", "b", {"a@l.test"}, limits, at(0s)), 1u);
    EXPECT_EQ(replays.count("d.test", "b", {"A@L.test", "b@l.test"}, limits, at(1s)), 2u);
    EXPECT_EQ(replays.count("d.test", "c", {"a@l.test"}, limits, at(1s)), 1u) << "another signature";
    EXPECT_EQ(replays.count("e.test", "b", {"a@l.test"}, limits, at(1s)), 1u) << "of another domain";
    EXPECT_EQ(replays.count("d.test", "b", {"c@l.test", "d@l.test", "e@l.test", "f@l.test"}, limits, at(2s)), 4u)
        << "more than the limit";
    EXPECT_EQ(replays.count("d.test", "b", {"a@l.test"}, limits, at(100s)), 1u) << "forgotten";
}

TEST(Replays, StayBounded) {
    Replays replays;
    const Replays::Limits limits{.signatures = 10, .recipients = 3, .window = 1000s};
    for (int i = 0; i < 1000; ++i) {
        replays.count("d.test", std::to_string(i), {"a@l.test"}, limits, at(0s));
        EXPECT_LE(replays.size(), 10u);
    }
    EXPECT_EQ(replays.count("d.test", "999", {"b@l.test"}, limits, at(0s)), 2u) << "the newest are kept";
    EXPECT_EQ(replays.count("d.test", "0", {"b@l.test"}, limits, at(0s)), 1u);
}

}  // namespace
}  // namespace policyd
