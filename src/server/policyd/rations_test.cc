#include "policyd/rations.h"

#include <gtest/gtest.h>

namespace policyd {
namespace {

TEST(Rations, AreSoManyAnHour) {
    Rations rations;
    EXPECT_TRUE(rations.take("a", 2, 1000));
    EXPECT_TRUE(rations.take("a", 2, 1001));
    EXPECT_FALSE(rations.take("a", 2, 4599));
    EXPECT_TRUE(rations.take("b", 2, 4599));
    EXPECT_TRUE(rations.take("a", 2, 4600));
}

// Hostile: any number of names.
TEST(Rations, ForgetNobodyBeforeHisTime) {
    Rations rations;
    EXPECT_TRUE(rations.take("first", 1, 0));
    for (std::size_t i = 1; i < Rations::most_names; ++i) EXPECT_TRUE(rations.take(std::to_string(i), 1, 1));
    EXPECT_FALSE(rations.take("one more", 1, 2));
    EXPECT_FALSE(rations.take("first", 1, 2));
    EXPECT_TRUE(rations.take("one more", 1, 3601));
}

}  // namespace
}  // namespace policyd
