#include "policyd/grade.h"

#include <gtest/gtest.h>

#include <array>

namespace policyd {
namespace {

using spf::Result;

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
            const auto reply = reply_for(static_cast<site::SpfBehavior>(level), {.result = result, .domain = "s.test"});
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
    EXPECT_EQ(reply_for(site::SpfBehavior::RejectFail, theirs).text, "s.test explains: ask ann");
    const spf::Report ours{.result = Result::Fail, .domain = "s.test", .explanation = "see our page"};
    EXPECT_EQ(reply_for(site::SpfBehavior::RejectFail, ours).text, "see our page");
}

}  // namespace
}  // namespace policyd
