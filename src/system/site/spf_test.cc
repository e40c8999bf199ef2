#include "site/spf.h"

#include <gtest/gtest.h>

namespace {

using Behavior = config::Text<site::SpfBehavior>;

TEST(SpfBehavior, HasANameAndTheNumberOfThePatch) {
    const std::string names[] = {"off",        "record", "defer", "reject_fail", "reject_softfail", "reject_neutral",
                                 "reject_none"};
    for (std::size_t number = 0; number < std::size(names); ++number) {
        const auto named = Behavior::parse(names[number]);
        ASSERT_TRUE(named) << names[number];
        EXPECT_EQ(std::to_underlying(*named), number);
        EXPECT_EQ(Behavior::parse(std::to_string(number)), named);
        EXPECT_EQ(Behavior::write(*named), names[number]);
    }
    for (const auto* wrong : {"", "7", "-1", "00", "none", "Off", "reject_fail "})
        EXPECT_FALSE(Behavior::parse(wrong)) << wrong;
}

TEST(Spf, RulesAndExplanationAreReadBeforehand) {
    for (const auto* good : {"", "a/24 mx/24 ptr", "v=spf1 include:x.test", "-all"})
        EXPECT_EQ(site::spf_rules_flaw(good), "") << good;
    for (const auto* bad : {"nonsense", "redirect=x.test", "ip4:1.2.3", "a b"})
        EXPECT_NE(site::spf_rules_flaw(bad), "") << bad;
    EXPECT_EQ(site::spf_explanation_flaw("See https://x.test/?s=%{S}&i=%{I}"), "");
    EXPECT_NE(site::spf_explanation_flaw("%{q}"), "");
    EXPECT_NE(site::spf_explanation_flaw("%"), "");
}

}  // namespace
