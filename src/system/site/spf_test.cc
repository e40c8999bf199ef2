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

TEST(Spf, RecipientsDomainsHaveGradesOfTheirOwn) {
    using enum site::SpfBehavior;
    site::Spf spf{.behavior = RejectFail,
                  .domains = {{"Strict.test", {RejectNone}},
                              {".strict.test", {Defer}},
                              {".a.strict.test", {Record}},
                              {"b\xc3\xbc.test", {Off}}}};
    EXPECT_EQ(behavior_for(spf, "strict.test"), RejectNone);
    EXPECT_EQ(behavior_for(spf, "x.strict.test"), Defer);
    EXPECT_EQ(behavior_for(spf, "x.a.strict.test"), Record) << "the nearest";
    EXPECT_EQ(behavior_for(spf, "xn--b-eha.test"), Off);
    EXPECT_EQ(behavior_for(spf, "other.test"), RejectFail);
    EXPECT_EQ(behavior_for(spf, "notstrict.test"), RejectFail);
    EXPECT_EQ(behavior_for(spf, "[192.0.2.1]"), RejectFail);
    EXPECT_TRUE(site::is_checked({.domains = {{"a.test", {Record}}}}));
    EXPECT_FALSE(site::is_checked({.domains = {{"a.test", {Off}}}}));
    EXPECT_NE(site::entry_names_flaw<site::SpfDomain>({{"-a.test", {}}}), "");
    EXPECT_EQ(site::entry_names_flaw(spf.domains), "");
}

}  // namespace
