#include "list/patience.h"

#include <gtest/gtest.h>

namespace list {
namespace {

struct SetClock final : clocks::Clock {
    clocks::Wall wall() const override { return {}; }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now{};
};

// Hostile: servers that never answer.
TEST(Patience, EndsAfterAFewSeconds) {
    EXPECT_EQ(Patience::limited({.resolver = {}, .trust_anchors = {}, .table = {}}).timeout, Patience::for_one);
    const site::Dns hurried{.resolver = {}, .trust_anchors = {}, .table = {}, .timeout = std::chrono::seconds(1)};
    EXPECT_EQ(Patience::limited(hurried).timeout, std::chrono::seconds(1));
    EXPECT_LE(Patience::most, std::chrono::seconds(8));

    SetClock clock;
    int asked = 0;
    Patience patience(clock, [&](const dns::Question&) {
        ++asked;
        clock.now += Patience::for_one;
        return dns::failed("time-out");
    });
    const auto began = clock.now;
    const dns::Question question{*dns::parse_name("a.example"), dns::Type::Txt};
    for (int i = 0; i < 20; ++i) {
        clock.now += std::chrono::milliseconds(1);
        EXPECT_FALSE(patience.ask(question).is_usable());
    }
    EXPECT_EQ(asked, 1);
    EXPECT_LE(clock.now - began, Patience::most);
}

}  // namespace
}  // namespace list
