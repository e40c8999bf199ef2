#include "drop/envelope.h"

#include <gtest/gtest.h>

#include "smtp/limits.h"

namespace drop {
namespace {

TEST(DropEnvelope, IsReadAsAClientWouldSayIt) {
    const std::string_view file =
        "HERMOD-DROP 1\nNAME Jo\u00e9 Q. Public\nMAIL FROM:<joe> BODY=8BITMIME RET=HDRS ENVID=a+2Bb\n"
        "RCPT TO:<alice@EXAMPLE.org> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;al+2Bice@example.org\nRCPT TO:<root>\n"
        "RCPT TO:<alice@example.org>\nDATA\nSubject: x\n\nRCPT TO:<b@c>\n";
    const auto head = parse_head(file, "mx.example.net");
    ASSERT_TRUE(head) << head.error().text;
    EXPECT_EQ(file.substr(head->size), "Subject: x\n\nRCPT TO:<b@c>\n");
    EXPECT_EQ(head->envelope.name, "Jo\u00e9 Q. Public");
    const smtp::Envelope want{
        .reverse_path = "joe@mx.example.net",
        .recipients = {{"alice@example.org", "rfc822;al+ice@example.org", smtp::notify_success | smtp::notify_delay},
                       {"root@mx.example.net", "", 0}},
        .body = smtp::BodyType::EightBitMime,
        .smtputf8 = false,
        .ret = smtp::Return::Headers,
        .envelope_id = "a+b"};
    EXPECT_EQ(head->envelope.smtp, want);
    EXPECT_EQ(parse_head(to_text(head->envelope), "x.example")->envelope, head->envelope);
}

TEST(DropEnvelope, OfAForwardSaysSo) {
    Envelope envelope{.smtp = {}, .name = {}, .kind = Kind::Forward};
    envelope.smtp.recipients = {{"c@d.example", "", 0}};
    const auto text = to_text(envelope);
    EXPECT_TRUE(text.starts_with("HERMOD-DROP 1\nFORWARD\nMAIL FROM:<>\n")) << text;
    EXPECT_EQ(parse_head(text, "x.example")->envelope, envelope);
    envelope.kind = Kind::List;
    EXPECT_TRUE(to_text(envelope).starts_with("HERMOD-DROP 1\nLIST\nMAIL FROM:<>\n"));
    EXPECT_EQ(parse_head(to_text(envelope), "x.example")->envelope, envelope);
    EXPECT_FALSE(parse_head("HERMOD-DROP 1\nMAIL FROM:<>\nFORWARD\nRCPT TO:<a@b>\nDATA\n", "x.example"));
}

// As long as the grammar reads it, of any script.
TEST(DropEnvelope, LongParametersComeBack) {
    Envelope envelope;
    envelope.smtp.reverse_path = "a@b.example";
    envelope.smtp.envelope_id = std::string(smtp::longest_envelope_id, '=');
    std::string original = "utf-8;";
    while (original.size() < 498) original += "\xc3\xa9";
    envelope.smtp.recipients = {{"c@d.example", original, smtp::notify_failure}};
    const auto head = parse_head(to_text(envelope), "x.example");
    ASSERT_TRUE(head) << head.error().text;
    EXPECT_EQ(head->envelope, envelope);
}

TEST(DropEnvelope, TheNullSenderAndQuotedNamesStay) {
    const auto head = parse_head(
        "HERMOD-DROP 1\nMAIL FROM:<>\nRCPT TO:<\"a@b>c\">\nRCPT TO:<\"x y\"@h.example>\nDATA\n", "h.example");
    ASSERT_TRUE(head) << head.error().text;
    EXPECT_EQ(head->envelope.smtp.reverse_path, "");
    EXPECT_EQ(head->envelope.smtp.recipients[0].address, "\"a@b>c\"@h.example");
    EXPECT_EQ(head->envelope.smtp.recipients[1].address, "\"x y\"@h.example");
    EXPECT_EQ(completed("root", "h.example"), "root@h.example");
    EXPECT_EQ(completed("\"a@b\"", "h.example"), "\"a@b\"@h.example");
    EXPECT_EQ(completed("a@b", "h.example"), "a@b");
}

TEST(DropEnvelope, SaysWhatIsWrongWithAFile) {
    using enum Error::Code;
    const struct {
        std::string_view file;
        Error::Code want;
        std::size_t line;
    } cases[] = {
        {"", Incomplete, 1},
        {"HERMOD-DROP 2\n", NotADrop, 1},
        {"garbage\n", NotADrop, 1},
        {"HERMOD-DROP 1\nMAIL FROM:<a@b.example>\nRCPT TO:<c>\nDAT", Incomplete, 4},
        {"HERMOD-DROP 1\nDATA\n", BadLine, 2},
        {"HERMOD-DROP 1\nMAIL FROM:<a>\nDATA\n", NoRecipient, 3},
        {"HERMOD-DROP 1\nRCPT TO:<a>\n", BadLine, 2},
        {"HERMOD-DROP 1\nMAIL FROM:<a>\nMAIL FROM:<b>\n", BadLine, 3},
        {"HERMOD-DROP 1\nMAIL FROM:<a b>\n", BadSender, 2},
        {"HERMOD-DROP 1\nMAIL FROM:<a>\nRCPT TO:<>\n", BadRecipient, 3},
        {"HERMOD-DROP 1\nMAIL FROM:<a>\nRCPT TO:<a\x01@b>\n", BadRecipient, 3},
        {"HERMOD-DROP 1\nNAME a\x1b[0m\n", BadLine, 2},
        {"HERMOD-DROP 1\nMAIL FROM:<a>\r\nQUIT\n", BadSender, 2},
    };
    for (const auto& [file, want, line] : cases) {
        const auto head = parse_head(file, "h.example");
        ASSERT_FALSE(head) << file;
        EXPECT_EQ(describe(head.error().code), describe(want)) << file;
        EXPECT_EQ(head.error().line, line) << file;
    }
}

// Hostile: a million recipients, or an envelope without end.
TEST(DropEnvelope, IsBounded) {
    std::string file = "HERMOD-DROP 1\nMAIL FROM:<a>\n";
    for (std::size_t i = 0; i <= most_recipients; ++i) file += "RCPT TO:<u" + std::to_string(i) + ">\n";
    EXPECT_EQ(parse_head(file + "DATA\n", "h.example").error().code, Error::Code::TooManyRecipients);
    EXPECT_EQ(parse_head("HERMOD-DROP 1\nNAME " + std::string(longest_head, 'x'), "h.example").error().code,
              Error::Code::TooLong);
}

}  // namespace
}  // namespace drop
