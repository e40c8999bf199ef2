#include "policyd/screen.h"

#include <gtest/gtest.h>

namespace {

using namespace policyd;
using site::ScreeningAction;

Finding finding(ScreeningAction action, double score = 1, std::string reason = "r") {
    return {.stage = "s", .reason = std::move(reason), .action = action, .score = score};
}

TEST(Screen, TellsWhatEachStageDoes) {
    using enum ScreeningAction;
    EXPECT_EQ(screened_of({}), Screened());
    auto named = finding(Reject, 7, "no name");
    named.code = "7.25";
    const auto screened =
        screened_of({finding(Record, 100, "seen"), finding(Score, 2.5, "one"), finding(Score, -1, "two"), named,
                     finding(Reject, 7, "late"), finding(Defer, 7, "odd")});
    EXPECT_EQ(screened.rejected, smtp::Reply(550, "5.7.25", "no name"));
    EXPECT_EQ(screened.deferred, smtp::Reply(451, "4.7.1", "odd; try again later"));
    EXPECT_EQ(points(screened.score), 1.5);
    EXPECT_EQ(screened.reasons, "one; two");
    EXPECT_EQ(screened.found, "s: seen; s: one; s: two; s: no name; s: late; s: odd");
}

TEST(Screen, AListThatAllowsBeatsAll) {
    using enum ScreeningAction;
    auto white = finding(Record);
    white.allows = true;
    const auto screened = screened_of({finding(Reject), finding(Defer), finding(Score, 100), white});
    EXPECT_EQ(screened, (Screened{.found = "s: r; s: r; s: r; s: r"}));
}

TEST(Screen, IsBounded) {
    const Findings many(100, finding(ScreeningAction::Score, 1e300, std::string(200, 'x')));
    const auto screened = screened_of(many);
    EXPECT_EQ(points(screened.score), 10'000);
    EXPECT_LE(screened.reasons.size(), longest_reasons);
    EXPECT_LE(screened.found.size(), longest_reasons);
}

}  // namespace
