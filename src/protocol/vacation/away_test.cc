#include "vacation/away.h"

#include <gtest/gtest.h>

namespace vacation {
namespace {

TEST(Away, IsReadAsItWasWritten) {
    const Away away{.subject = "Grüße",
                    .since = 5,
                    .until = 10,
                    .days = 3,
                    .addresses = {"a@b", "c@d"},
                    .text = "Back soon.\n\nAnn\n"};
    EXPECT_EQ(parse_away(to_text(away)), away);
    EXPECT_EQ(parse_away(to_text(Away())), Away());
}

TEST(Away, LastsFromOneTimeToAnother) {
    const Away away{.subject = {}, .since = 5, .until = 10, .addresses = {}, .text = {}};
    EXPECT_FALSE(away.is_now(4));
    EXPECT_TRUE(away.is_now(5));
    EXPECT_FALSE(away.is_now(10));
    EXPECT_TRUE(Away().is_now(1));
}

// Hostile: what cannot be read answers rather too little than too much.
TEST(Away, TakesNothingThatIsNoValue) {
    EXPECT_FALSE(parse_away("Since: tomorrow\n\nx").is_now(1'800'000'000));
    EXPECT_FALSE(parse_away("Until: -5\n\nx").is_now(1'800'000'000));
    EXPECT_EQ(parse_away("Days: 0\n\nx").days, 7);
    EXPECT_EQ(parse_away("Days: 99999999999999999999\n\nx").days, 7);
    EXPECT_EQ(parse_away("no empty line").text, "");
}

TEST(Away, IsANoticeFromWhomTheMailCameTo) {
    const auto notice = notice_of({.subject = {}, .addresses = {"ann.other@v.example"}, .text = "x"}, "ann@v.example");
    EXPECT_EQ(notice.from.addr_spec, "ann@v.example");
    EXPECT_FALSE(why_not(notice, "To: ann.other@v.example\n", "bob@b.example"));
    EXPECT_FALSE(why_not(notice, "To: ann@v.example\n", "bob@b.example"));
    EXPECT_TRUE(why_not(notice, "To: carol@v.example\n", "bob@b.example"));
}

}  // namespace
}  // namespace vacation
