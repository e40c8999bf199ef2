#include "vacation/vacation.h"

#include <gmock/gmock.h>

namespace vacation {
namespace {

using testing::HasSubstr;

Notice notice() {
    Notice made;
    made.text = "I am away.\n";
    made.from = {"", "ann@a.example"};
    made.own = {"ann@a.example", "ann.other@a.example"};
    return made;
}

// RFC 3834 §2, RFC 5230 §4.5, §4.6
TEST(Vacation, AnswersPersonalMailOnly) {
    struct Case {
        std::string_view header, sender;
        bool want;
    };
    const Case cases[] = {
        {"To: ann@a.example\n", "bob@b.example", true},
        {"Cc: Ann <ANN.OTHER@a.example>\n", "bob@b.example", true},
        {"To: ann@a.example\nAuto-Submitted: no\n", "bob@b.example", true},
        {"To: ann@a.example\n", "", false},
        {"To: ann@a.example\n", "#@[]", false},
        {"To: others@a.example\n", "bob@b.example", false},
        {"Subject: hello\n", "bob@b.example", false},
        {"To: ann@a.example\n", "ann@a.example", false},
        {"To: ann@a.example\n", "MAILER-DAEMON@b.example", false},
        {"To: ann@a.example\n", "owner-list@b.example", false},
        {"To: ann@a.example\n", "list-request@b.example", false},
        {"To: ann@a.example\n", "noreply@b.example", false},
        {"To: ann@a.example\nAuto-Submitted: auto-replied\n", "bob@b.example", false},
        {"To: ann@a.example\nAuto-Submitted: auto-generated (vacation)\n", "bob@b.example", false},
        {"To: ann@a.example\nPrecedence: bulk\n", "bob@b.example", false},
        {"To: ann@a.example\nPrecedence: list\n", "bob@b.example", false},
        {"To: ann@a.example\nPrecedence: junk\n", "bob@b.example", false},
        {"To: ann@a.example\nList-Id: <l.b.example>\n", "bob@b.example", false},
        {"To: ann@a.example\nList-Unsubscribe: <mailto:x@b.example>\n", "bob@b.example", false},
    };
    for (const auto& [header, sender, want] : cases) {
        SCOPED_TRACE(std::string(sender) + ": " + std::string(header));
        EXPECT_EQ(!why_not(notice(), header, sender), want);
    }
}

// RFC 3834 §3.1.2 (To), §3.1.5 (Subject), §5; what is answered cannot be answered again
TEST(Vacation, AnswersSoThatNobodyAnswersThat) {
    const auto text = answer(notice(), "Message-ID: <1@b.example>\nSubject: lunch\nReply-To: evil@e.example\n",
                             "bob@b.example", {.date = {0, 0}, .message_id = "x@a.example"});
    EXPECT_THAT(text, HasSubstr("To: bob@b.example\r\n"));
    EXPECT_THAT(text, HasSubstr("Subject: Auto: lunch\r\n"));
    EXPECT_THAT(text, HasSubstr("In-Reply-To: <1@b.example>\r\nReferences: <1@b.example>\r\n"));
    EXPECT_THAT(text, HasSubstr("Auto-Submitted: auto-replied\r\n"));
    auto other = notice();
    other.own = {"bob@b.example"};
    EXPECT_EQ(why_not(other, text, "ann@a.example"), mime::NoAnswer::AutoSubmitted);
    EXPECT_EQ(why_not(other, text, ""), mime::NoAnswer::NullSender);
}

TEST(Vacation, ReadsTextsOfOld) {
    auto read = notice();
    read_text("From: Ann <ann@a.example>\nSubject: away\n\nUntil Monday.\n", read);
    EXPECT_EQ(read.subject, "away");
    EXPECT_EQ(read.from, (mime::Mailbox{"Ann", "ann@a.example"}));
    EXPECT_EQ(read.text, "Until Monday.\n");
    read_text("Note: I am away.\n\nReally.\n", read);
    EXPECT_EQ(read.text, "Note: I am away.\n\nReally.\n");
}

// RFC 5230 §4.2, RFC 3834 §2
TEST(Answered, AnswersEachSenderOnceInAPeriod) {
    constexpr std::int64_t day = 86'400;
    Answered answered;
    EXPECT_TRUE(answered.may_answer("bob@b.example", 1000 * day, 7 * day));
    answered.note("bob@b.example", 1000 * day);
    EXPECT_FALSE(answered.may_answer("BOB@b.example", 1000 * day + 1, 7 * day));
    EXPECT_TRUE(answered.may_answer("carol@c.example", 1000 * day + 1, 7 * day));
    EXPECT_FALSE(answered.may_answer("bob@b.example", 1007 * day - 1, 7 * day));
    EXPECT_TRUE(answered.may_answer("bob@b.example", 1007 * day, 7 * day));
    EXPECT_FALSE(answered.may_answer("bob@b.example", 900 * day, 7 * day)) << "the clock was set back";
    EXPECT_FALSE(answered.may_answer("a@b\n1 c@d", 1000 * day, day));
    answered.forget(1006 * day, 7 * day);
    EXPECT_EQ(answered.size(), 1u);
    answered.forget(900 * day, 7 * day);
    EXPECT_TRUE(answered.may_answer("bob@b.example", 907 * day, 7 * day));
    answered.forget(1010 * day, 7 * day);
    EXPECT_EQ(answered, Answered());
}

TEST(Answered, PassesOverWhatItCannotRead) {
    const auto answered = Answered::parse("5 a@b\nx\n-1 c@d\n99999999999999999999 e@f\n7\n7 \n6 g\x01h\n8 i@j");
    EXPECT_EQ(answered.to_text(), "5 a@b\n8 i@j\n");
}

TEST(Answered, IsBounded) {
    Answered answered;
    for (std::size_t i = 0; i < Answered::most; ++i) answered.note(std::to_string(i) + "@b.example", 1);
    EXPECT_FALSE(answered.may_answer("new@b.example", 2, 10));
    EXPECT_TRUE(answered.may_answer("1@b.example", 11, 10));
}

}  // namespace
}  // namespace vacation
