#include "directory/allowance.h"

#include <gtest/gtest.h>

namespace directory {
namespace {

using namespace std::chrono_literals;

TEST(Allowance, IsSoMuchAnHour) {
    Allowance allowance(site::Submission{.messages_per_hour = 4, .recipients_per_hour = 10});
    clocks::Steady now(1000h);
    for (int i = 0; i < 4; ++i) EXPECT_EQ(allowance.take("ann", 1, now).code, 250);
    EXPECT_EQ(allowance.take("ann", 1, now).code, 450);
    EXPECT_EQ(allowance.look("ann", now).code, 450);
    EXPECT_EQ(allowance.look("bob", now).code, 250);
    now += 15min;
    EXPECT_EQ(allowance.look("ann", now).code, 250);
    EXPECT_EQ(allowance.take("ann", 11, now).code, 452);
    EXPECT_EQ(allowance.take("ann", 1, now).code, 250) << "what was refused does not count";
    now += 2h;
    EXPECT_EQ(allowance.take("ann", 10, now).code, 250);
    EXPECT_EQ(allowance.take("ann", 1, now).code, 452);
    allowance.use(site::Submission{.messages_per_hour = 0, .recipients_per_hour = 0});
    EXPECT_EQ(allowance.take("ann", 1'000'000, now).code, 250);
}

}  // namespace
}  // namespace directory
