#include "rspamd/check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace rspamd {
namespace {

using testing::ElementsAre;
using testing::Pair;

TEST(RspamdCheck, TellsTheEnvelope) {
    EXPECT_THAT(fields_of({.client = "192.0.2.1", .helo = "h\r\nX: y", .recipients = {"a@b", "c@d"}, .hostname = "mx"}),
                ElementsAre(Pair("IP", "192.0.2.1"), Pair("Helo", "h??X: y"), Pair("From", "<>"), Pair("Rcpt", "a@b"),
                            Pair("Rcpt", "c@d"), Pair("MTA-Name", "mx")));
    EXPECT_LE(fields_of({.recipients = std::vector<std::string>(5000, "a@b")}).size(), most_recipients + 1);
}

TEST(RspamdCheck, ReadsTheAnswer) {
    const auto verdict = parse_answer(
        R"({"is_skipped":false,"score":7.5,"required_score":15,"action":"add header","symbols":{"A":{"name":"A","score":0},
            "B":{"score":7.5}},"messages":{"smtp_message":"go away"},"message-id":"x"})");
    ASSERT_TRUE(verdict) << verdict.error();
    EXPECT_EQ(*verdict, (Verdict{Action::AddHeader, 7.5, 15, {"B"}, "go away"}));
    for (const auto action : {Action::None, Action::SoftReject, Action::Reject, Action::Greylist})
        EXPECT_EQ(parse_answer(R"({"score":1,"action":")" + std::string(to_text(action)) + "\"}")->action, action);
}

TEST(RspamdCheck, WhatIsNoVerdictIsNoAnswer) {
    const std::pair<std::string, std::string> cases[] = {
        {"", "its answer is no JSON object"},
        {"[]", "its answer is no JSON object"},
        {"{", "its answer is no JSON object"},
        {"{}", "its answer has no score or no action"},
        {R"({"score":"5","action":"reject"})", "its answer has no score or no action"},
        {R"({"score":5,"action":7})", "its answer has no score or no action"},
        {R"({"score":1e999,"action":"reject"})", "its answer is no JSON object"},
        {R"({"score":5,"action":"launch"})", "its answer has an action that nobody knows"},
        {R"({"error":"no room"})", "it says: no room"},
        {std::string(100'000, '['), "its answer is no JSON object"},
        {std::string(longest_answer + 1, ' '), "its answer is too long"},
    };
    for (const auto& [text, want] : cases) {
        const auto verdict = parse_answer(text);
        ASSERT_FALSE(verdict) << text.substr(0, 80);
        EXPECT_THAT(verdict.error(), testing::AnyOf(want, "its answer has no score or no action"))
            << text.substr(0, 80);
    }
    EXPECT_TRUE(parse_answer(R"({"score":5,"action":"reject","symbols":[],"messages":7})"));
}

}  // namespace
}  // namespace rspamd
