#include "smtp/reply.h"

#include <gtest/gtest.h>

#include "smtp/extensions.h"
#include "smtp/limits.h"
#include "smtp/reply_reader.h"

namespace smtp {
namespace {

using namespace std::string_literals;

// RFC 5321 §4.2.1, RFC 2034 §4
TEST(Reply, IsWritten) {
    EXPECT_EQ(Reply(250, "2.1.0", "ok").wire(), "250 2.1.0 ok\r\n");
    EXPECT_EQ(Reply(354, "", "go").wire(), "354 go\r\n");
    EXPECT_EQ(Reply(250, "", "").wire(), "250 \r\n");
    EXPECT_EQ(Reply(550, "5.1.1", "").wire(), "550 5.1.1\r\n");
    EXPECT_EQ(Reply(250, "2.0.0", "a\nb").wire(), "250-2.0.0 a\r\n250 2.0.0 b\r\n");
    // Hostile: text from outside makes no line of its own
    EXPECT_EQ(Reply(550, "5.0.0", "a\r\x1b\0b\x7f"s).wire(), "550 5.0.0 a???b?\r\n");
}

// §4.5.3.1.5
TEST(Reply, HasNoLongLines) {
    const auto wire = Reply(550, "5.0.0", std::string(2000, 'x')).wire();
    std::size_t start = 0, letters = 0;
    for (auto end = wire.find("\r\n"); end != wire.npos; start = end + 2, end = wire.find("\r\n", start)) {
        EXPECT_LE(end + 2 - start, longest_reply_line);
        letters += end - start - 10;
    }
    EXPECT_EQ(letters, 2000u);
    EXPECT_EQ(start, wire.size());
}

TEST(ReplyReader, ReadsReplies) {
    struct Case {
        std::string octets;
        Reply want;
    };
    const Case cases[] = {
        {"250 ok\r\n", {250, "", "ok"}},
        {"250\r\n", {250, "", ""}},
        {"250 2.1.5 fine\r\n", {250, "2.1.5", "fine"}},
        {"550-5.1.1 no\r\n550 5.1.1 such user\r\n", {550, "5.1.1", "no\nsuch user"}},
        {"550-no\r\n550 5.1.1 such user\r\n", {550, "", "no\n5.1.1 such user"}},
        {"550 4.1.1 other class\r\n", {550, "", "4.1.1 other class"}},
        {"550 5.1 no\r\n", {550, "", "5.1 no"}},
        {"550 5.1.1000 no\r\n", {550, "", "5.1.1000 no"}},
        {"550 5.7.1\r\n", {550, "5.7.1", ""}},
        {"571 5.7.1 odd digit\r\n", {571, "5.7.1", "odd digit"}},
        {"250-a\n250 b\n", {250, "", "a\nb"}},      // In the wild: LF alone
        {"421-a\r\n450 b\r\n", {450, "", "a\nb"}},  // In the wild: the last code counts
        {"220 a\rb\x1b\0c\td\r\n"s, {220, "", "a?b??c d"}},
    };
    for (const auto& [octets, want] : cases) {
        SCOPED_TRACE(octets);
        EXPECT_EQ(parse_reply(octets), want);
        ReplyReader reader;
        for (std::size_t i = 0; i < octets.size(); ++i) {
            EXPECT_FALSE(reader.is_complete()) << i;
            EXPECT_EQ(reader.read(octets.substr(i, 1)), 1u);
        }
        ASSERT_TRUE(reader.is_complete());
        EXPECT_EQ(reader.take(), want);
    }
}

TEST(ReplyReader, ReadsOneAfterTheOther) {
    const std::string_view octets = "250-a\r\n250 b\r\n354 go\r\n";
    ReplyReader reader;
    EXPECT_EQ(reader.read(octets), 14u);
    EXPECT_EQ(reader.take(), Reply(250, "", "a\nb"));
    EXPECT_EQ(reader.read(octets.substr(14)), 8u);
    EXPECT_EQ(reader.take(), Reply(354, "", "go"));
}

// nothing is bounced because a server is broken
TEST(ReplyReader, GivesUpOnNonsense) {
    std::string many;
    for (int i = 0; i < 10'000; ++i) many += "250-line\r\n";
    for (const auto& octets : {"2x0 a\r\n"s, "\r\n"s, "150 a\r\n"s, "650 a\r\n"s, "25 a\r\n"s, "250_a\r\n"s,
                               "HTTP/1.1 200 OK\r\n"s, "250-a\r\n550 b\r\n"s, std::string(70'000, 'x'), many}) {
        SCOPED_TRACE(octets.substr(0, 20));
        ReplyReader reader;
        reader.read(octets);
        ASSERT_TRUE(reader.is_broken());
        EXPECT_EQ(reader.read("250 ok\r\n"), 0u);
        const auto reply = reader.take();
        EXPECT_TRUE(reply.is_temporary());
        EXPECT_LT(reply.text.size(), 200u);
    }
}

// RFC 5321 §4.1.1.1: what a server writes, a client reads
TEST(Extensions, AreWrittenAndRead) {
    Extensions offered;
    EXPECT_EQ(parse_extensions(hello_reply("mx.example", offered)), offered);
    offered.pipelining = offered.chunking = offered.smtputf8 = offered.dsn = offered.has_size = true;
    offered.size = 1000;
    offered.rcpt_max = 20;
    offered.mail_max = 5;
    offered.auth = {"PLAIN", "LOGIN"};
    const auto reply = hello_reply("mx.example", offered);
    EXPECT_EQ(reply.wire(),
              "250-mx.example\r\n250-SIZE 1000\r\n250-PIPELINING\r\n250-CHUNKING\r\n250-SMTPUTF8\r\n250-DSN\r\n"
              "250-LIMITS RCPTMAX=20 MAILMAX=5\r\n250 AUTH PLAIN LOGIN\r\n");
    EXPECT_EQ(parse_extensions(parse_reply(reply.wire())), offered);
}

TEST(Extensions, AreReadFromAnybody) {
    const auto read = [](std::string text) { return parse_extensions({250, "", std::move(text)}); };
    EXPECT_TRUE(read("PIPELINING\npipelining").pipelining);
    EXPECT_FALSE(read("PIPELINING").pipelining);  // the first line is a name
    EXPECT_EQ(read("x\nSIZE").size, 0u);
    EXPECT_EQ(read("x\nSIZE 99999999999999999999999").size, 0u);
    EXPECT_EQ(read("x\nSIZE -5").size, 0u);
    EXPECT_EQ(read("x\nAUTH=LOGIN plain").auth, (std::vector<std::string>{"LOGIN", "PLAIN"}));
    EXPECT_FALSE(read("x\nLIMITS RCPTMAX=0 MAILMAX=x FOO").rcpt_max);  // RFC 9422 §4
    std::string many = "x";
    for (int i = 0; i < 1000; ++i) many += "\nX-JUNK";
    EXPECT_FALSE(read(many + "\nDSN").dsn);
}

}  // namespace
}  // namespace smtp
