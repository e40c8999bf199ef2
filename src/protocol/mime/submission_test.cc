#include "mime/submission.h"

#include <gtest/gtest.h>

namespace {

mime::Submission submission() {
    return {{880127706, -360}, "unique", "mail.example.org", {"Joe Public", "joe@example.org"}};
}

std::string crlf(std::string_view text) {
    std::string out;
    mime::LineEnds line_ends;
    line_ends.convert(text, out);
    line_ends.finish(out);
    return out;
}

// Hostile: who has logged in may not send as somebody else, nor leave open who he is.
TEST(Submission, TellsInWhoseNamesAMessageIsSent) {
    const struct {
        std::string_view message;
        std::vector<std::string> addresses;
        bool is_clear;
    } cases[] = {
        {"From: Ann <ann@l.test>\r\n\r\n", {"ann@l.test"}, true},
        {"FROM : ann@l.test\r\nSender: bob@l.test\r\n\r\n", {"ann@l.test", "bob@l.test"}, true},
        {"Subject: x\r\n\r\nFrom: x@y.test\r\n", {}, true},
        {"From: a@l.test\r\nfrom: b@l.test\r\n\r\n", {"a@l.test"}, false},
        {"From: a@l.test, b@l.test\r\n\r\n", {}, false},
        {"From: a@l.test\r\n ,b@l.test\r\n\r\n", {}, false},
        {"From: nobody:;\r\n\r\n", {}, false},
        {"From: root\r\n\r\n", {}, false},
        {"From: <a@l.test\r\n\r\n", {}, false},
        {"From:\r\n\r\n", {}, false},
        {"From: a@l.test\r\nSender: b@l.test\r\nSender: c@l.test\r\n\r\n", {"a@l.test", "b@l.test"}, false},
    };
    for (const auto& [message, addresses, is_clear] : cases) {
        const auto claims = mime::repair(message, {}).claims;
        EXPECT_EQ(claims.addresses, addresses) << message;
        EXPECT_EQ(claims.is_clear, is_clear) << message;
    }
}

}  // namespace

// RFC 6409 §8.1, §8.2, §8.3; RFC 5322 §3.6
TEST(MimeSubmission, AddsWhatIsMissing) {
    EXPECT_EQ(mime::missing_fields("", submission()),
              "Date: Fri, 21 Nov 1997 09:55:06 -0600\r\n"
              "Message-ID: <unique@mail.example.org>\r\n"
              "From: Joe Public <joe@example.org>\r\n"
              "To: undisclosed-recipients:;\r\n");
    EXPECT_EQ(mime::missing_fields("date: x\nmessage-id: <y>\nFROM: z\nCc: a\n", submission()), "");
    EXPECT_EQ(mime::missing_fields("Date: x\nMessage-ID: <y>\nTo: a\n\nFrom: in the body\n", submission()),
              "From: Joe Public <joe@example.org>\r\n");
}

// RFC 2047 §2
TEST(MimeSubmission, EncodesTheAuthorsName) {
    auto from = submission();
    from.author.display_name = "J\xc3\xb6rg";
    EXPECT_EQ(mime::missing_fields("Date: x\nMessage-ID: y\nTo: z\n", from),
              "From: =?utf-8?B?SsO2cmc=?= <joe@example.org>\r\n");
}

// RFC 5322 §3.6.3: Bcc does not travel
TEST(MimeSubmission, RepairsTheHeader) {
    constexpr std::string_view complete = "Date: d\nMessage-ID: m\nFrom: f\n";
    struct Case {
        std::string input;
        std::string_view want;
        std::string_view body;
    };
    const std::string head(complete);
    const Case cases[] = {
        {head + "To: a\nBcc: b,\n c\nSubject: s\n\nbody\n",
         "Date: d\r\nMessage-ID: m\r\nFrom: f\r\nTo: a\r\nSubject: s\r\n\r\n", "body\n"},
        {head + "To: a\r\nresent-bcc: b\r\n\r\nbody", "Date: d\r\nMessage-ID: m\r\nFrom: f\r\nTo: a\r\n\r\n", "body"},
        {"From joe Fri Nov 21\n" + head + "To: a\n\n", "Date: d\r\nMessage-ID: m\r\nFrom: f\r\nTo: a\r\n\r\n", ""},
        {head + "To: a\nno field here\nTo: b\n", "Date: d\r\nMessage-ID: m\r\nFrom: f\r\nTo: a\r\n\r\n",
         "no field here\nTo: b\n"},
        {head + "To: a\rBcc: b\r\rc\n\nd", "Date: d\r\nMessage-ID: m\r\nFrom: f\r\nTo: a Bcc: b  c\r\n\r\n", "d"},
        {head + "To: a", "Date: d\r\nMessage-ID: m\r\nFrom: f\r\nTo: a\r\n\r\n", ""},
    };
    for (const auto& [input, want, body] : cases) {
        const auto repaired = mime::repair(input, submission());
        EXPECT_EQ(repaired.header, want) << input;
        EXPECT_EQ(std::string_view(input).substr(repaired.body), body) << input;
    }
    const auto bare = mime::repair("just text\n", submission());
    EXPECT_TRUE(bare.header.starts_with("Date: ") && bare.header.ends_with("To: undisclosed-recipients:;\r\n\r\n"));
    EXPECT_EQ(bare.body, 0u);
}

TEST(MimeSubmission, FindsTheRecipientsItNames) {
    const auto named =
        mime::named_recipients("From: x@y\nTo: A <a@b>, root\nCc: c@d, a@b\nBcc: e@f\nReply-To: n@n\n\nTo: g@h\n");
    EXPECT_EQ(named.recipients, (std::vector<std::string>{"a@b", "root", "c@d", "e@f"}));
    EXPECT_TRUE(named.unreadable.empty());
    EXPECT_EQ(mime::named_recipients("To: a@b\nResent-To: c@d\nResent-Bcc: e@f\n").recipients,
              (std::vector<std::string>{"c@d", "e@f"}));
    EXPECT_EQ(mime::named_recipients("To: a@b\ncc: \"open\n").unreadable, std::vector<std::string>{"cc"});
}

TEST(MimeSubmission, MakesLineEndsCrlf) {
    const std::pair<std::string_view, std::string_view> cases[] = {
        {"", ""},
        {"a\nb\n", "a\r\nb\r\n"},
        {"a\r\nb", "a\r\nb\r\n"},
        {"a\rb", "a\r\nb\r\n"},
        {"\n\n", "\r\n\r\n"},
        {"a\r\r\nb\n", "a\r\n\r\nb\r\n"},
        {"a\n.\n", "a\r\n.\r\n"},
        {"\r", "\r\n"},
    };
    for (const auto& [input, want] : cases) {
        EXPECT_EQ(crlf(input), want);
        mime::LineEnds bytewise;
        std::string out;
        for (std::size_t i = 0; i < input.size(); ++i) bytewise.convert(input.substr(i, 1), out);
        bytewise.finish(out);
        EXPECT_EQ(out, want);
    }
}
