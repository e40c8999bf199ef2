#include "policyd/grade.h"

#include <gtest/gtest.h>

#include <array>

namespace policyd {
namespace {

using spf::Result;

smtp::Reply reply_for(std::uint8_t level, spf::Report report, const site::Spf& spf = {}) {
    const Examined examined{
        .request = {.client = ip::v4(0xc0000201), .helo = "h.test", .mail_from = "a@s.test", .receiver = "mx.l.test"},
        .report = std::move(report)};
    return reply_for(spf, static_cast<site::SpfBehavior>(level), examined);
}

// The seven levels of the SPF patch for qmail and the seven results of RFC 7208 §2.6: from which level on a message is
// not taken, and by which reply (RFC 7372 §3.2).
TEST(Grade, RefusesFromALevelOn) {
    struct Case {
        Result result;
        std::uint8_t refused_from;
        std::uint16_t code;
        std::string_view enhanced;
    };
    constexpr std::uint8_t never = 7;
    const Case cases[] = {
        {Result::Pass, never, 0, ""},          {Result::TempError, 2, 451, "4.7.24"}, {Result::Fail, 3, 550, "5.7.23"},
        {Result::SoftFail, 4, 550, "5.7.23"},  {Result::Neutral, 5, 550, "5.7.23"},   {Result::None, 6, 550, "5.7.23"},
        {Result::PermError, 6, 550, "5.7.24"},
    };
    for (const auto& [result, refused_from, code, enhanced] : cases) {
        for (std::uint8_t level = 0; level < never; ++level) {
            const auto reply = reply_for(level, {.result = result, .domain = "s.test"});
            EXPECT_EQ(reply.is_positive(), level < refused_from) << to_text(result) << " at " << int{level};
            if (reply.is_positive()) continue;
            EXPECT_EQ(reply.code, code) << to_text(result);
            EXPECT_EQ(reply.enhanced, enhanced) << to_text(result);
            EXPECT_NE(reply.text.find("s.test"), std::string::npos) << reply.text;
        }
    }
}

// RFC 7208 §6.2: it must be seen that an explanation is not ours.
TEST(Grade, SaysWhoseTheExplanationIs) {
    const spf::Report theirs{.result = Result::Fail, .domain = "s.test", .explanation = "ask ann", .is_theirs = true};
    EXPECT_EQ(reply_for(3, theirs).text, "s.test explains: ask ann");
    const spf::Report ours{.result = Result::Fail, .domain = "s.test", .explanation = "see our page"};
    EXPECT_EQ(reply_for(3, ours).text, "see our page");
}

// What qmail-smtpd with the patch says, octet for octet.
TEST(Grade, SpeaksThePatchsWords) {
    site::Spf spf{.replies = site::SpfReplies::Qmail};
    const std::string see =
        "550 See http://spf.pobox.com/why.html?sender=a%40s.test&ip=192.0.2.1&receiver=mx.l.test (#5.7.1)\r\n";
    for (const auto result : {Result::Fail, Result::SoftFail, Result::Neutral, Result::None, Result::PermError})
        EXPECT_EQ(reply_for(6, {.result = result, .domain = "s.test"}, spf).wire(), see) << to_text(result);
    EXPECT_EQ(reply_for(2, {.result = Result::TempError, .domain = "s.test"}, spf).wire(),
              "451 SPF lookup failure (#4.3.0)\r\n");
    const spf::Report theirs{.result = Result::Fail, .domain = "s.test", .explanation = "ask ann", .is_theirs = true};
    EXPECT_EQ(reply_for(3, theirs, spf).wire(), "550 ask ann (#5.7.1)\r\n");
    spf.explanation = "%{d} says %{i} may not";
    EXPECT_EQ(reply_for(4, {.result = Result::SoftFail, .domain = "s.test"}, spf).wire(),
              "550 s.test says 192.0.2.1 may not (#5.7.1)\r\n");
}

// Each recipient hears what his domain's grade says; of HELO a fail alone counts.
TEST(Grade, HasAReplyForEachGradeInUse) {
    site::Spf spf{
        .behavior = site::SpfBehavior::Record,
        .domains = {{"strict.test", {site::SpfBehavior::RejectNone}}, {"mild.test", {site::SpfBehavior::Defer}}}};
    EXPECT_EQ(least_grade(spf), site::SpfBehavior::Record);
    const Examined helo{.request = {.identity = spf::Identity::Helo},
                        .report = {.result = Result::Fail, .identity = spf::Identity::Helo, .domain = "h.test"}};
    const Examined sender{.request = {.mail_from = "a@s.test"},
                          .report = {.result = Result::TempError, .domain = "s.test"}};
    const auto opinion = opinion_of(spf, {.reply = {250, "2.1.0", "-"}, .examined = {sender, helo}}, 7);
    EXPECT_EQ(opinion.ticket, 7u);
    ASSERT_EQ(opinion.graded.size(), 2u);
    EXPECT_EQ(opinion.graded[0].reply.code, 451);
    EXPECT_EQ(opinion.graded[1].reply.code, 550);
    EXPECT_NE(opinion.graded[1].reply.text.find("h.test"), std::string::npos) << opinion.graded[1].reply.text;
    ASSERT_EQ(opinion.spf.size(), 2u);
    EXPECT_EQ(opinion.spf[0].result, Result::TempError);
    EXPECT_EQ(opinion.spf[1].identity, spf::Identity::Helo);
    const auto unasked = opinion_of_unasked(spf, {451, "4.3.2", "later"}, 8);
    EXPECT_EQ(unasked.reply.code, 250);
    EXPECT_EQ(unasked.graded[0].reply.code, 451);
}

}  // namespace
}  // namespace policyd
