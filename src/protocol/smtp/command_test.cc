#include "smtp/command.h"

#include <gtest/gtest.h>

#include <string>

#include "smtp/command_line.h"
#include "smtp/limits.h"
#include "smtp/parameters.h"

namespace smtp {
namespace {

using namespace std::string_literals;
using Kind = CommandLine::Kind;

template <typename T>
T parsed(std::string_view line) {
    auto command = parse_command(line);
    EXPECT_TRUE(command) << line << ": " << (command ? "" : command.error().reply.wire());
    if (!command || !std::holds_alternative<T>(*command)) {
        ADD_FAILURE() << line << " is another command";
        return {};
    }
    return std::get<T>(*std::move(command));
}

std::string refusal_of(std::string_view line) {
    const auto command = parse_command(line);
    return command ? "" : command.error().reply.wire().substr(0, 9);
}

// RFC 5321 §4.1.1, §2.4 (any case), §4.1.1 (white space before CRLF)
TEST(Command, ReadsTheSimpleOnes) {
    EXPECT_EQ(parsed<Ehlo>("EHLO client.example").domain, "client.example");
    EXPECT_EQ(parsed<Helo>("helo [192.0.2.1]").domain, "[192.0.2.1]");
    EXPECT_EQ(parsed<Lhlo>("Lhlo a_b  ").domain, "a_b");
    parsed<Data>("DATA");
    parsed<Data>("data  ");
    parsed<Rset>("RSET");
    parsed<Noop>("NOOP whatever");
    parsed<Expn>("EXPN list");
    parsed<Help>("HELP");
    parsed<Quit>("QUIT");
    parsed<StartTls>("STARTTLS");
    parsed<Auth>("AUTH PLAIN AAAA");
    parsed<Override>("XCLIENT ADDR=127.0.0.1");
    parsed<Foreign>("GET / HTTP/1.1");
    parsed<Foreign>("CONNECT x:25 HTTP/1.1");
    parsed<Unknown>("DATAX");
    parsed<Unknown>("");
    parsed<Unknown>("Subject: hello");
    EXPECT_EQ(parsed<Vrfy>("VRFY ü SMTPUTF8").what, "ü");
    EXPECT_TRUE(parsed<Vrfy>("VRFY ü smtputf8").smtputf8);
}

// RFC 5321 §4.1.1.2, RFC 1870 §4, RFC 6152 §2, RFC 6531 §3.4, RFC 3461 §4.3, §4.4
TEST(Command, ReadsMail) {
    const auto mail = parsed<Mail>("MAIL FROM:<a@example.org> SIZE=1000 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb");
    EXPECT_EQ(to_text(mail.reverse_path.value()), "a@example.org");
    EXPECT_EQ(mail.size, 1000u);
    EXPECT_EQ(mail.body, BodyType::EightBitMime);
    EXPECT_TRUE(mail.smtputf8);
    EXPECT_EQ(mail.ret, Return::Headers);
    EXPECT_EQ(mail.envelope_id, "a+b");
    EXPECT_FALSE(parsed<Mail>("mail from:<>").reverse_path);
    EXPECT_TRUE(parsed<Mail>("MAIL FROM: <a@example.org> body=7bit").reverse_path);
    EXPECT_TRUE(parsed<Mail>("MAIL FROM:a@example.org ret=FULL").reverse_path);
    EXPECT_EQ(parsed<Mail>("MAIL FROM:<> SIZE=18446744073709551615").size, 18446744073709551615u);
}

// RFC 5321 §4.1.1.3, RFC 3461 §4.1, §4.2, RFC 6533 §3
TEST(Command, ReadsRcpt) {
    const auto rcpt = parsed<Rcpt>("RCPT TO:<b@example.org> NOTIFY=SUCCESS,delay ORCPT=rfc822;c+2Bd@example.net");
    EXPECT_EQ(to_text(rcpt.forward_path), "b@example.org");
    EXPECT_EQ(rcpt.notify, notify_success | notify_delay);
    EXPECT_EQ(rcpt.original_recipient, "rfc822;c+d@example.net");
    EXPECT_EQ(parsed<Rcpt>("RCPT TO:<b@example.org> NOTIFY=NEVER").notify, notify_never);
    EXPECT_EQ(parsed<Rcpt>("RCPT TO:<b@example.org> ORCPT=UTF-8;\\x{FC}@example.net").original_recipient,
              "utf-8;ü@example.net");
}

std::string encoded(std::size_t count) {
    std::string text;
    while (count-- > 0) text += "+3D";
    return text;
}

// RFC 3461 §4.4: a hundred characters, as they were before encoding.
TEST(Command, ReadsALongEnvelopeId) {
    EXPECT_EQ(parsed<Mail>("MAIL FROM:<> ENVID=" + encoded(100)).envelope_id, std::string(100, '='));
}

// RFC 3461 §4.2, RFC 6533 §3: an ORCPT that becomes too long would cost the recipient.
TEST(Command, WritesAnOriginalRecipientWithinItsLimit) {
    const auto written = [](std::string address, text::UnicodeForm form) {
        return parameters_of({"a@b.example", "utf-8;" + address, notify_never}, form).size();
    };
    const auto bare = std::string_view(" NOTIFY=NEVER").size();
    using enum text::UnicodeForm;
    EXPECT_EQ(written(std::string(494, 'x'), Ascii), bare + std::string_view(" ORCPT=").size() + 500);
    EXPECT_EQ(written(std::string(495, 'x'), Ascii), bare);
    std::string umlauts;
    for (int i = 0; i < 100; ++i) umlauts += "ü";
    EXPECT_EQ(written(umlauts, Ascii), bare);
    EXPECT_EQ(written(umlauts, Utf8), bare + std::string_view(" ORCPT=utf-8;").size() + 200);
}

TEST(Command, RefusesBadSyntax) {
    struct Case {
        std::string line;
        std::string_view want;
    };
    const Case cases[] = {
        {"EHLO", "501 5.5.4"},
        {"EHLO \xFF", "501 5.5.4"},
        {"DATA x", "501 5.5.4"},
        {"QUIT now", "501 5.5.4"},
        {"MAIL", "501 5.5.4"},
        {"MAIL TO:<a@l.test>", "501 5.5.4"},
        {"MAIL FROM:", "501 5.1.7"},
        {"MAIL FROM:<a", "501 5.1.7"},
        {"RCPT TO:<>", "501 5.1.3"},
        {"VRFY", "501 5.5.4"},
        {"VRFY \xFF", "501 5.5.2"},
        {"RCPT TO:<u@l.test>\rDATA", "500 5.5.2"},
        {"RCPT TO:<u@l.test>\nDATA", "500 5.5.2"},
        {"RCPT TO:<u@l.test\0@x.test>"s, "501 5.5.2"},
        {"NOOP \x1b[2J", "501 5.5.2"},
        {"MAIL FROM:<> SIZE=abc", "501 5.5.4"},
        {"MAIL FROM:<> SIZE=-1", "501 5.5.4"},
        {"MAIL FROM:<> SIZE=", "501 5.5.4"},
        {"MAIL FROM:<> SIZE", "501 5.5.4"},
        {"MAIL FROM:<> SIZE=18446744073709551616", "501 5.5.4"},
        {"MAIL FROM:<> BODY=", "501 5.5.4"},
        {"MAIL FROM:<> BODY=9BIT", "501 5.5.4"},
        {"MAIL FROM:<> RET=X", "501 5.5.4"},
        {"MAIL FROM:<> SMTPUTF8=1", "501 5.5.4"},
        {"MAIL FROM:<> SIZE=1 SIZE=1", "501 5.5.4"},
        {"MAIL FROM:<> size=1 SIZE=2", "501 5.5.4"},
        {"MAIL FROM:<> =1", "501 5.5.4"},
        {"MAIL FROM:<> SIZE=1=1", "501 5.5.4"},
        {"MAIL FROM:<> BY=10;R", "555 5.5.4"},
        {"MAIL FROM:<> NOTIFY=NEVER", "555 5.5.4"},
        {"RCPT TO:<a@l.test> SIZE=1", "555 5.5.4"},
        {"RCPT TO:<a@l.test> NOTIFY=NEVER,SUCCESS", "501 5.5.4"},
        {"RCPT TO:<a@l.test> NOTIFY=", "501 5.5.4"},
        {"RCPT TO:<a@l.test> NOTIFY=SUCCESS,", "501 5.5.4"},
        {"RCPT TO:<a@l.test> ORCPT=rfc822;a+0D+0AX:y", "501 5.5.4"},
        {"RCPT TO:<a@l.test> ORCPT=rfc822;", "501 5.5.4"},
        {"RCPT TO:<a@l.test> ORCPT=;a", "501 5.5.4"},
        {"RCPT TO:<a@l.test> ORCPT=rfc822;+FF", "501 5.5.4"},
        {"RCPT TO:<a@l.test> ORCPT=utf-8;\\x{0A}", "501 5.5.4"},
        {"MAIL FROM:<> ENVID=+00", "501 5.5.4"},
        {"MAIL FROM:<> ENVID=", "501 5.5.4"},
        {"MAIL FROM:<> ENVID=" + std::string(101, 'a'), "501 5.5.4"},
        {"MAIL FROM:<> ENVID=" + encoded(101), "501 5.5.4"},
    };
    for (const auto& [line, want] : cases) {
        SCOPED_TRACE(line);
        EXPECT_EQ(refusal_of(line), want);
    }
}

// RFC 3030 §2
TEST(Command, ReadsBdat) {
    EXPECT_EQ(parsed<Bdat>("BDAT 1000").size, 1000u);
    EXPECT_FALSE(parsed<Bdat>("BDAT 0").last);
    EXPECT_TRUE(parsed<Bdat>("bdat 86  last ").last);
}

// out of step for good
TEST(Command, ClosesAfterABadBdat) {
    for (std::string line : {"BDAT"s, "BDAT \x7f"s, "BDAT -1"s, "BDAT 0x10"s, "BDAT 99999999999999999999"s,
                             "BDAT 1 LASTX"s, "BDAT 1 LAST x"s, "BDAT LAST"s, "BDAT 1\0"s, "BDAT1"s}) {
        SCOPED_TRACE(line);
        const auto command = parse_command(line);
        if (line == "BDAT1") {
            EXPECT_FALSE(command && std::holds_alternative<Bdat>(*command));
            continue;
        }
        ASSERT_FALSE(command);
        EXPECT_EQ(command.error().reply.wire().substr(0, 9), "501 5.5.4");
        EXPECT_EQ(command.error().after, SyntaxError::After::Close);
    }
}

// RFC 5321 §2.3.8
TEST(CommandLine, CutsLines) {
    LineReader reader;
    EXPECT_EQ(reader.next("NOOP"), (CommandLine{Kind::NeedMore, {}, 0}));
    EXPECT_EQ(reader.next("NOOP\r"), (CommandLine{Kind::NeedMore, {}, 0}));
    EXPECT_EQ(reader.next("NOOP\r\nQUIT\r\n"), (CommandLine{Kind::Line, "NOOP", 6}));
    EXPECT_EQ(reader.next("\r\n"), (CommandLine{Kind::Line, "", 2}));
    EXPECT_EQ(reader.next("NOOP\n").kind, Kind::BareLineFeed);
    EXPECT_EQ(reader.next("\n").kind, Kind::BareLineFeed);
    EXPECT_EQ(reader.next("A\rB\r\n"), (CommandLine{Kind::Line, "A\rB", 5}));  // refused by the grammar
}

// §4.5.3.1.4
TEST(CommandLine, StaysInStepBehindALongLine) {
    for (const auto length : {longest_command_line, longest_command_line + 1, longest_skipped_line - 100}) {
        SCOPED_TRACE(length);
        LineReader reader;
        const auto want = length <= longest_command_line ? Kind::Line : Kind::TooLong;
        const auto octets = std::string(length, 'x') + "\r\nQUIT\r\n";
        const auto line = reader.next(octets);
        EXPECT_EQ(line.kind, want);
        EXPECT_EQ(reader.next(std::string_view(octets).substr(line.consumed)).text, "QUIT");
    }
}

// The same in pieces: nothing is kept of a line too long, and an endless one is given up
TEST(CommandLine, KeepsNothingOfALongLine) {
    LineReader reader;
    EXPECT_EQ(reader.next(std::string(3000, 'x')).consumed, 3000u);
    EXPECT_EQ(reader.next("yy\r").consumed, 3u);
    EXPECT_EQ(reader.next("\nQUIT\r\n"), (CommandLine{Kind::TooLong, {}, 1}));
    EXPECT_EQ(reader.next("QUIT\r\n").text, "QUIT");
    EXPECT_EQ(reader.next(std::string(3000, 'x')).kind, Kind::NeedMore);
    EXPECT_EQ(reader.next("\n").kind, Kind::BareLineFeed);
    for (int i = 0; i < 21; ++i) EXPECT_EQ(reader.next(std::string(3000, 'x')).kind, Kind::NeedMore) << i;
    EXPECT_EQ(reader.next(std::string(3000, 'x')).kind, Kind::Flood);
}

// RFC 4954 §4, §8
TEST(Command, ReadsAuth) {
    const struct {
        std::string line;
        std::string mechanism;
        std::optional<std::string> initial;
    } cases[] = {
        {"AUTH PLAIN", "PLAIN", std::nullopt},
        {"auth scram-sha-256 =", "SCRAM-SHA-256", ""},
        {"AUTH PLAIN AHUAcA==", "PLAIN", std::string("\0u\0p", 4)},
        {"AUTH  login  dQ== ", "LOGIN", "u"},
        {"AUTH X " + std::string(12'000, 'A'), "X", std::string(9'000, '\0')},
    };
    for (const auto& [line, mechanism, initial] : cases) {
        const auto command = parse_command(line);
        ASSERT_TRUE(command) << line;
        const auto* auth = std::get_if<Auth>(&*command);
        ASSERT_TRUE(auth) << line;
        EXPECT_EQ(auth->mechanism, mechanism);
        EXPECT_EQ(auth->initial, initial);
    }
    const struct {
        std::string line;
        int code;
    } refused[] = {
        {"AUTH", 501},
        {"AUTH PLAIN!", 501},
        {"AUTH PLAIN ====", 501},
        {"AUTH PLAIN AA", 501},
        {"AUTH PLAIN A A A", 501},
        {"AUTH PLAIN AHUA cA==", 501},
        {"AUTH PLAIN *", 501},
        {"AUTH " + std::string(21, 'X'), 501},
        {"AUTH PLAIN " + std::string(12'300, 'A'), 500},
    };
    for (const auto& [line, code] : refused) {
        const auto command = parse_command(line);
        ASSERT_FALSE(command) << line;
        EXPECT_EQ(command.error().reply.code, code) << line;
    }
}

// RFC 4954 §5: who submitted it, in xtext; nothing that it says is believed.
TEST(Command, ReadsTheAuthParameter) {
    for (const auto* good : {"AUTH=<>", "AUTH=e+3Dmc2@example.com", "auth=a@b"}) {
        const auto command = parse_command("MAIL FROM:<s@x.test> " + std::string(good));
        ASSERT_TRUE(command) << good;
        EXPECT_TRUE(std::get<Mail>(*command).has_auth);
    }
    for (const auto* bad : {"AUTH", "AUTH=", "AUTH=a+0Ab", "AUTH=a+0", "AUTH=a AUTH=b", "AUTH=+FF"}) {
        const auto command = parse_command("MAIL FROM:<s@x.test> " + std::string(bad));
        ASSERT_FALSE(command) << bad;
        EXPECT_EQ(command.error().reply.code, 501) << bad;
        EXPECT_EQ(command.error().reply.enhanced, "5.5.4") << bad;
    }
}

}  // namespace
}  // namespace smtp
