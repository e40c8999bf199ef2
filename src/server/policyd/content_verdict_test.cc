#include "policyd/content_verdict.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

namespace policyd {
namespace {

using testing::HasSubstr;

ContentFinding scored(double score, std::string stage = "s") {
    return {.stage = std::move(stage), .reason = "r", .score = score};
}
ContentFinding wishing(Wish wish, std::string stage = "s") {
    return {.stage = std::move(stage), .reason = "r", .wish = wish};
}

std::string fate(const ContentFindings& findings, double screening = 0, site::Spam settings = {}) {
    const auto verdict = verdict_of(settings, findings, screening, /*is_strangers=*/true);
    return fmt::format("{}{}{}", verdict.reply.code, verdict.junk ? " junk" : "", verdict.discard ? " discard" : "");
}

TEST(ContentVerdict, PointsAddUp) {
    const site::Spam both{.junk_at = 5, .reject_at = 10};
    EXPECT_EQ(fate({}), "250");
    EXPECT_EQ(fate({scored(4.99)}), "250");
    EXPECT_EQ(fate({scored(2.5), scored(2.5)}), "250 junk");
    EXPECT_EQ(fate({scored(0.1), scored(0.2), scored(4.7)}), "250 junk") << "binary fractions";
    EXPECT_EQ(fate({scored(7), scored(-2.5)}), "250");
    EXPECT_EQ(fate({scored(3)}, 2), "250 junk") << "what was held against the client counts";
    EXPECT_EQ(fate({scored(1000)}), "250 junk") << "points alone refuse nobody";
    EXPECT_EQ(fate({scored(9.9)}, 0, both), "250 junk");
    EXPECT_EQ(fate({scored(4), scored(6)}, 0, both), "550");
}

TEST(ContentVerdict, WhatAStageWantsComesBeforePoints) {
    using enum Wish;
    const site::Spam refusing{.reject_at = 5};
    EXPECT_EQ(fate({wishing(Junk)}), "250 junk");
    EXPECT_EQ(fate({wishing(Junk), wishing(Defer)}), "451");
    EXPECT_EQ(fate({scored(50), wishing(Defer)}, 0, refusing), "451") << "nothing is refused by half of the points";
    EXPECT_EQ(fate({wishing(Defer), wishing(Reject)}), "550");
    EXPECT_EQ(fate({wishing(Reject), wishing(Discard), wishing(Defer)}), "250 discard");
    EXPECT_EQ(fate({wishing(None)}), "250");
}

TEST(ContentVerdict, OurOwnPeopleAreToldWhereOthersAreNot) {
    auto virus = wishing(Wish::Discard, "clamav");
    virus.reply = {550, "5.7.1", "The message holds a virus: X"};
    const auto verdict = verdict_of({}, {virus}, 0, /*is_strangers=*/false);
    EXPECT_EQ(verdict.reply, *virus.reply);
    EXPECT_FALSE(verdict.discard);
}

TEST(ContentVerdict, HostilePointsDoNotCarryTheRestAway) {
    constexpr auto infinity = std::numeric_limits<double>::infinity();
    EXPECT_EQ(fate({scored(-infinity), scored(std::nan("")), scored(6)}), "250 junk");
    EXPECT_EQ(fate({scored(1e300)}, 0, {.reject_at = 5}), "550");
}

TEST(ContentVerdict, SaysWhy) {
    ContentFinding clean{.stage = "clamav", .reason = {}};
    auto spam = scored(7.25, "spamd");
    spam.reason = "GTUBE\r\nX: y";
    const auto verdict = verdict_of({}, {clean, spam}, 0.5, true);
    EXPECT_EQ(verdict.told, "7.8 of 5 points; screening 0.5; clamav: nothing; spamd 7.2: GTUBE\\r\\nX: y");
    EXPECT_EQ(verdict.reason, "to junk: 7.8 points");
    EXPECT_EQ(verdict_of({}, {wishing(Wish::Defer, "clamav")}, 0, true).reply.text,
              "The message cannot be scanned at the moment (clamav); try again later");
    EXPECT_EQ(verdict_of({}, {wishing(Wish::Reject, "clamav")}, 0, true).reason, "refused: clamav: r");
}

TEST(ContentVerdict, IsWrittenOnTheMessage) {
    auto spam = scored(7.2, "spamd");
    spam.tests = {"GTUBE", "A-\r\nB"};
    const auto head = [&](site::SpamHeaders headers, const ContentFindings& findings) {
        return verdict_of({.headers = headers}, findings, 0, true).head;
    };
    EXPECT_EQ(head(site::SpamHeaders::Ours, {spam}), "X-Hermod-Spam: yes; 7.2 of 5 points; spamd 7.2: r\r\n");
    EXPECT_EQ(head(site::SpamHeaders::SpamAssassin, {spam}),
              "X-Spam-Flag: YES\r\nX-Spam-Score: 7.2\r\nX-Spam-Level: *******\r\n"
              "X-Spam-Status: Yes, score=7.2 required=5.0 tests=GTUBE, A___B\r\n");
    EXPECT_EQ(head(site::SpamHeaders::SpamAssassin, {scored(-1)}),
              "X-Spam-Score: -1.0\r\nX-Spam-Status: No, score=-1.0 required=5.0 tests=none\r\n");
    EXPECT_EQ(head(site::SpamHeaders::None, {spam}), "");
    EXPECT_EQ(verdict_of({}, {spam}, 0, /*is_strangers=*/false).head, "");
}

TEST(ContentVerdict, FieldsOfAStageAreOnWhatIsTaken) {
    auto with_field = scored(0);
    with_field.head = "X-Filter: seen\r\n";
    EXPECT_THAT(verdict_of({}, {with_field}, 0, true).head, HasSubstr("X-Filter: seen\r\n"));
    EXPECT_EQ(verdict_of({}, {with_field, wishing(Wish::Defer)}, 0, true).head, "");
}

// A message that comes in unscanned says so, whatever else is written on it.
TEST(ContentVerdict, UnscannedIsMarked) {
    const ContentFinding blind{.stage = "clamav", .reason = "not scanned: it hangs", .is_unscanned = true};
    for (const auto headers : {site::SpamHeaders::Ours, site::SpamHeaders::SpamAssassin, site::SpamHeaders::None})
        EXPECT_THAT(verdict_of({.headers = headers}, {blind}, 0, true).head,
                    HasSubstr("X-Hermod-Unscanned: clamav; not scanned: it hangs\r\n"));
}

}  // namespace
}  // namespace policyd
