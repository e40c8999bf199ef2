#include "smtp/receiver.h"

#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <string_view>
#include <vector>

#include "lang/overloaded.h"
#include "smtp/data.h"
#include "text/base64.h"

namespace smtp {
namespace {

using namespace std::string_literals;

/// Drives a Receiver as smtpd does, with all a client says as one stream of octets. Mailboxes at l.test exist, except
/// nobody@l.test; mail to elsewhere is refused; later@l.test comes back later.
class Driver {
public:
    explicit Driver(ReceiverSettings settings) : receiver_(std::move(settings)), limits_{.size = 1000} {}

    /// What we answer to all of it, as it would go over the wire.
    std::string converse(std::string octets) {
        input_ = std::move(octets);
        carry_out(receiver_.start());
        while (is_open_ && read_one()) {
        }
        return replies_;
    }

    std::vector<Envelope> envelopes;
    std::vector<std::string> messages;
    std::string with;
    std::chrono::seconds delays{0};
    bool is_open() const { return is_open_; }

private:
    bool read_one() {
        const auto line = lines_.next(input_);
        const auto text = std::string(line.text);
        input_.erase(0, line.consumed);
        if (line.kind == CommandLine::Kind::NeedMore) return line.consumed > 0;
        carry_out(receiver_.on(CommandLine{line.kind, text, line.consumed}, input_.size()));
        return true;
    }

    void carry_out(Step step) {
        std::visit([this](auto& each) { take(each); }, step);
    }
    void take(Say& say) {
        say.reply.append_to(replies_);
        delays += say.delay;
    }
    void take(SayEach& each) {
        for (const auto& reply : each.replies) reply.append_to(replies_);
    }
    void take(AskSender&) { carry_out(receiver_.on(Verdict{{250, "2.1.0", "ok"}})); }
    void take(AskRecipient& ask) {
        Reply reply(250, "2.1.5", "ok");
        if (ask.mailbox.domain != "l.test")
            reply = {550, "5.7.1", "no relay"};
        else if (ask.mailbox.local_part == "nobody" || ask.mailbox.local_part.contains('%'))
            reply = {550, "5.1.1", "no such"};
        else if (ask.mailbox.local_part == "later")
            reply = {450, "4.2.0", "later"};
        carry_out(receiver_.on(Verdict{reply}));
    }
    void take(TakeMessage& take) {
        take.go_ahead.append_to(replies_);
        DataDecoder decoder(limits_);
        message_.clear();
        input_.erase(0, decoder.decode(input_, message_));
        if (decoder.at_end())
            carry_out(receiver_.on(EndOfContent{decoder.content().fault()}));
        else
            is_open_ = false;  // the client is gone
    }
    void take(TakeChunk& take) {
        if (take.size > input_.size()) return void(is_open_ = false);
        if (take.is_first) {
            chunks_ = ChunkReader(limits_);
            message_.clear();
        }
        if (take.use == TakeChunk::Use::Keep) {
            chunks_.take(std::string_view(input_).substr(0, take.size), message_);
            if (take.last) chunks_.finish(message_);
        }
        input_.erase(0, take.size);
        carry_out(receiver_.on(EndOfContent{chunks_.content().fault()}));
    }
    void take(AskMessage&) {
        with = receiver_.with_protocol();
        messages.push_back(message_);
        envelopes.push_back(receiver_.take_envelope());
        if (message_.contains("REFUSE"))
            carry_out(receiver_.on(Verdict{{550, "5.6.0", "refused"}}));
        else
            carry_out(receiver_.on(Verdict{{250, "2.0.0", "taken"}}));
    }
    void take(BeginTls& begin) {
        begin.go_ahead.append_to(replies_);
        receiver_.on_encrypted();
    }
    void take(AskLogin&) { carry_out(receiver_.on(LoginStep{.reply = {535, "5.7.8", "no"}})); }
    void take(AskLoginResponse&) { carry_out(receiver_.on(LoginStep{.reply = {535, "5.7.8", "no"}})); }
    void take(HangUp& hang_up) {
        hang_up.farewell.append_to(replies_);
        is_open_ = false;
    }

    Receiver receiver_;
    ContentLimits limits_;
    LineReader lines_;
    ChunkReader chunks_;
    std::string input_, message_, replies_;
    bool is_open_ = true;
};

ReceiverSettings settings(Protocol protocol = Protocol::Smtp) {
    ReceiverSettings made;
    made.hostname = "l.test";
    made.protocol = protocol;
    made.message_size = 1000;
    return made;
}

/// Codes of the last line of each reply: "250 2.1.0", "354".
std::vector<std::string> codes(std::string_view wire) {
    std::vector<std::string> out;
    while (!wire.empty()) {
        const auto line = wire.substr(0, wire.find("\r\n"));
        wire.remove_prefix(line.size() + 2);
        if (line[3] == '-') continue;
        const bool is_enhanced = line.size() > 8 && line[5] == '.' && line[7] == '.';
        out.emplace_back(line.substr(0, is_enhanced ? line.find(' ', 4) : 3));
    }
    return out;
}

/// A conversation as a table: what is said, and the code that must come back ("" for octets that get no answer).
struct Line {
    std::string said;
    std::string code;
};
constexpr std::string_view closed = " close";  // at the end of a code: and then we hang up

void converse(std::initializer_list<Line> lines, ReceiverSettings with = settings()) {
    std::string octets;
    std::vector<std::string> want = {"220"};
    bool is_open = true;
    for (const auto& line : lines) {
        octets += line.said;
        if (line.code.empty()) continue;
        is_open = !line.code.ends_with(closed);
        want.push_back(is_open ? line.code : line.code.substr(0, line.code.size() - closed.size()));
    }
    Driver driver(std::move(with));
    EXPECT_EQ(codes(driver.converse(octets)), want) << octets;
    EXPECT_EQ(driver.is_open(), is_open);
}

const std::string mail = "EHLO c\r\nMAIL FROM:<s@x.test>\r\n";
const std::string rcpt = mail + "RCPT TO:<u@l.test>\r\n";

// DATA is the last of what may be sent at once (RFC 2920 §3.1), so the message is a Driver's own turn here: the driver
// would see it as buffered behind DATA. Therefore conversations with DATA are made of two parts.
class Conversation {
public:
    explicit Conversation(ReceiverSettings with = settings()) : receiver_(std::move(with)) { receiver_.start(); }

    std::string say(std::string_view line) {
        return answer(receiver_.on(CommandLine{CommandLine::Kind::Line, line, line.size() + 2}));
    }
    std::string end(std::optional<ContentFault> fault = {}) { return answer(receiver_.on(EndOfContent{fault})); }
    Receiver& receiver() { return receiver_; }
    Reply verdict{250, "2.0.0", "ok"};

private:
    std::string answer(Step step) {
        while (std::holds_alternative<AskSender>(step) || std::holds_alternative<AskRecipient>(step) ||
               std::holds_alternative<AskMessage>(step))
            step = receiver_.on(Verdict{verdict});
        if (auto* login = std::get_if<AskLogin>(&step)) step = receiver_.on(begin(*login));
        if (auto* login = std::get_if<AskLoginResponse>(&step)) step = receiver_.on(go_on(login->response));
        return std::visit(
            Overloaded{
                [](const Say& say) { return code(say.reply); },
                [](const SayEach& each) {
                    std::string all;
                    for (const auto& reply : each.replies) all += code(reply) + ";";
                    return all;
                },
                [](const TakeMessage& take) { return code(take.go_ahead); },
                [](const TakeChunk& take) { return take.use == TakeChunk::Use::Keep ? "keep"s : "discard"s; },
                [](const HangUp& hang_up) { return code(hang_up.farewell) + std::string(closed); },
                [this](const BeginTls& begin) {
                    receiver_.on_encrypted();
                    return code(begin.go_ahead);
                },
                [](const auto&) { return "?"s; },
            },
            step);
    }
    /// A mechanism in which the client says "ask" until it says something else; "yes" is right.
    static LoginStep begin(const AskLogin& login) {
        return login.initial ? go_on(*login.initial) : LoginStep{.challenge = ""};
    }
    static LoginStep go_on(const std::string& response) {
        if (response == "ask") return {.challenge = "and?"};
        if (response == "busy") return {.reply = {454, "4.7.0", "later"}};
        if (response == "banned") return {.reply = {421, "4.7.0", "enough"}};
        return {.reply = response == "yes" ? Reply(235, "2.7.0", "welcome") : Reply(535, "5.7.8", "no")};
    }
    static std::string code(const Reply& reply) { return codes(reply.wire()).front(); }

    Receiver receiver_;
};

void transcript(std::initializer_list<Line> lines, ReceiverSettings with = settings()) {
    Conversation conversation(std::move(with));
    for (const auto& [said, code] : lines) {
        SCOPED_TRACE(said);
        EXPECT_EQ(said == "." ? conversation.end() : conversation.say(said), code);
    }
}

// RFC 5321 §4.1.4
TEST(Receiver, KeepsTheOrder) {
    transcript({{"MAIL FROM:<s@x.test>", "503 5.5.1"},
                {"RCPT TO:<u@l.test>", "503 5.5.1"},
                {"EHLO c", "250"},
                {"RCPT TO:<u@l.test>", "503 5.5.1"},
                {"DATA", "503 5.5.1"},
                {"MAIL FROM:<s@x.test>", "250 2.0.0"},
                {"MAIL FROM:<s@x.test>", "503 5.5.1"},
                {"DATA", "554 5.5.1"},
                {"RCPT TO:<u@l.test>", "250 2.0.0"},
                {"DATA", "354"},
                {".", "250 2.0.0"},
                {"RCPT TO:<u@l.test>", "503 5.5.1"},
                {"DATA", "503 5.5.1"},
                {"QUIT", "221 2.0.0 close"}});
}

TEST(Receiver, ForgetsARefusedMessage) {
    Conversation conversation;
    for (auto line : {"EHLO c", "MAIL FROM:<s@x.test>", "RCPT TO:<u@l.test>", "DATA"}) conversation.say(line);
    EXPECT_EQ(conversation.end(ContentFault::BareLineFeed), "550 5.5.2");
    EXPECT_EQ(conversation.say("RCPT TO:<u@l.test>"), "503 5.5.1");
    EXPECT_EQ(conversation.say("DATA"), "503 5.5.1");
    EXPECT_EQ(conversation.say("MAIL FROM:<s@x.test>"), "250 2.0.0");
}

// RFC 5321 §4.1.1.5, §4.1.4
TEST(Receiver, ForgetsOnRsetAndEhlo) {
    for (auto reset : {"RSET", "EHLO c", "HELO c"}) {
        SCOPED_TRACE(reset);
        Conversation conversation;
        for (auto line : {"EHLO c", "MAIL FROM:<s@x.test>", "RCPT TO:<u@l.test>", reset}) conversation.say(line);
        EXPECT_EQ(conversation.say("RCPT TO:<u@l.test>"), "503 5.5.1");
        EXPECT_EQ(conversation.say("DATA"), "503 5.5.1");
        EXPECT_EQ(conversation.receiver().envelope(), Envelope());
    }
}

// RFC 5321 §3.5.3, §7.3, §4.2.4
TEST(Receiver, AnswersTheRest) {
    transcript({{"EHLO c", "250"},
                {"VRFY u", "252 2.5.0"},
                {"VRFY nobody", "252 2.5.0"},
                {"EXPN list", "502 5.5.1"},
                {"HELP", "214 2.0.0"},
                {"NOOP x", "250 2.0.0"},
                {"STARTTLS", "502 5.5.1"},
                {"AUTH PLAIN", "502 5.5.1"},
                {"XCLIENT ADDR=127.0.0.1", "550 5.7.0"},
                {"LHLO c", "500 5.5.1"},
                {"FROBNICATE", "500 5.5.2"}});
}

ReceiverSettings encrypted(Encryption encryption, Protocol protocol = Protocol::Smtp) {
    auto made = settings(protocol);
    made.encryption = encryption;
    return made;
}

// RFC 3207 §4.2: nothing that was said in the clear counts.
TEST(Receiver, ForgetsEverythingWithStartTls) {
    transcript({{"EHLO c", "250"},
                {"MAIL FROM:<s@x.test>", "250 2.0.0"},
                {"STARTTLS x", "501 5.5.4"},
                {"starttls", "220 2.0.0"},
                {"RCPT TO:<u@l.test>", "503 5.5.1"},
                {"MAIL FROM:<s@x.test>", "503 5.5.1"},
                {"EHLO c", "250"},
                {"RCPT TO:<u@l.test>", "503 5.5.1"},
                {"STARTTLS", "554 5.5.1"},
                {"MAIL FROM:<s@x.test>", "250 2.0.0"}},
               encrypted(Encryption::Offered));
    transcript({{"EHLO c", "250"}, {"STARTTLS", "554 5.5.1"}}, encrypted(Encryption::Present));
}

// RFC 3207 §4: 530 to all but NOOP, EHLO, STARTTLS and QUIT. RFC 3030 §2: a chunk is read all the same.
TEST(Receiver, MayDemandEncryption) {
    transcript({{"EHLO c", "250"},
                {"MAIL FROM:<s@x.test>", "530 5.7.0"},
                {"RCPT TO:<u@l.test>", "530 5.7.0"},
                {"BDAT 10 LAST", "discard"},
                {".", "530 5.7.0"},
                {"VRFY u", "530 5.7.0"},
                {"NOOP", "250 2.0.0"},
                {"DATA", "530 5.7.0"},
                {"STARTTLS", "220 2.0.0"},
                {"EHLO c", "250"},
                {"MAIL FROM:<s@x.test>", "250 2.0.0"},
                {"QUIT", "221 2.0.0 close"}},
               encrypted(Encryption::Required));
}

// RFC 3207 §4.2: not offered again inside.
TEST(Receiver, OffersStartTlsWhereItCanBeHad) {
    for (const auto encryption : {Encryption::None, Encryption::Offered, Encryption::Required, Encryption::Present}) {
        Receiver receiver(encrypted(encryption));
        const bool can = encryption == Encryption::Offered || encryption == Encryption::Required;
        EXPECT_EQ(receiver.extensions().starttls, can);
        receiver.on_encrypted();
        EXPECT_FALSE(receiver.extensions().starttls);
    }
}

// RFC 1870 §6.1; RFC 3030 §3; RFC 6531 §3.5
TEST(Receiver, ChecksMailAndRcpt) {
    transcript({{"EHLO c", "250"},
                {"MAIL FROM:<s@x.test> SIZE=1001", "552 5.3.4"},
                {"MAIL FROM:<s@x.test> BODY=BINARYMIME", "555 5.5.4"},
                {"MAIL FROM:<ü@x.test>", "553 5.6.7"},
                {"VRFY ü@l.test", "553 5.6.7"},
                {"MAIL FROM:<s@x.test> SIZE=1000", "250 2.0.0"},
                {"RCPT TO:<ü@l.test>", "553 5.6.7"},
                {"RCPT TO:<\xC0\xAF@l.test>", "501 5.5.2"},
                {"DATA", "554 5.5.1"},
                {"RSET", "250 2.0.0"},
                {"MAIL FROM:<ü@x.test> SMTPUTF8", "250 2.0.0"},
                {"RCPT TO:<ü@l.test>", "250 2.0.0"},
                {"DATA", "354"},
                {".", "250 2.0.0"}});
}

TEST(Receiver, FillsTheEnvelope) {
    Conversation conversation;
    for (auto line : {"EHLO c", "MAIL FROM:<S@X.test> BODY=8BITMIME RET=FULL ENVID=e SMTPUTF8",
                      "RCPT TO:<@r.test:U@L.test> NOTIFY=FAILURE ORCPT=rfc822;o@l.test", "RCPT TO:<postmaster>"})
        EXPECT_EQ(conversation.say(line).front(), '2');
    const Envelope want{"S@x.test",
                        {{"U@l.test", "rfc822;o@l.test", notify_failure}, {"postmaster@l.test", "", 0}},
                        BodyType::EightBitMime,
                        true,
                        Return::Full,
                        "e"};
    EXPECT_EQ(conversation.receiver().envelope(), want);
    EXPECT_EQ(conversation.receiver().with_protocol(), "UTF8SMTP");
    EXPECT_EQ(conversation.receiver().helo(), "c");
}

// RFC 3848
TEST(Receiver, NamesItsProtocol) {
    const auto protocol = [](std::string_view hello, Protocol with, Encryption encryption = Encryption::None) {
        Conversation conversation(encrypted(encryption, with));
        conversation.say(hello);
        return conversation.receiver().with_protocol();
    };
    EXPECT_EQ(protocol("HELO c", Protocol::Smtp), "SMTP");
    EXPECT_EQ(protocol("EHLO c", Protocol::Smtp), "ESMTP");
    EXPECT_EQ(protocol("LHLO c", Protocol::Lmtp), "LMTP");
    EXPECT_EQ(protocol("EHLO c", Protocol::Smtp, Encryption::Offered), "ESMTP");
    EXPECT_EQ(protocol("EHLO c", Protocol::Smtp, Encryption::Present), "ESMTPS");
    EXPECT_EQ(protocol("HELO c", Protocol::Smtp, Encryption::Present), "ESMTPS");
    EXPECT_EQ(protocol("LHLO c", Protocol::Lmtp, Encryption::Present), "LMTPS");
}

// RFC 5321 §3.6.2, §4.1.2: addressing tricks of those who look for an open relay
TEST(Receiver, AsksAboutWhatTheAddressMeans) {
    struct Case {
        std::string_view path, want;
    };
    const Case cases[] = {
        {"<v@x.test>", "550 5.7.1"},
        {"<v%x.test@l.test>", "550 5.1.1"},
        {"<v%x.test@[192.0.2.1]>", "550 5.7.1"},
        {"<\"v@x.test\">", "501 5.1.3"},
        {"<v@x.test@l.test>", "501 5.1.3"},
        {"<@l.test:v@x.test>", "550 5.7.1"},
        {"<@x.test:u@l.test>", "250 2.1.5"},
        {"<x.test!v>", "501 5.1.3"},
        {"<v@[198.51.100.7]>", "550 5.7.1"},
        {"<v@x.test.>", "550 5.7.1"},
        {"<V@L.TEST>", "250 2.1.5"},
        {"<u@l.test.x.test>", "550 5.7.1"},
        {"<u@sub.l.test>", "550 5.7.1"},
        {"<postmaster>", "250 2.1.5"},
        {"<Postmaster@l.test>", "250 2.1.5"},
        {"<later@l.test>", "450 4.2.0"},
    };
    for (const auto& [path, want] : cases) {
        converse({{"EHLO c\r\n", "250"},
                  {"MAIL FROM:<s@x.test>\r\n", "250 2.1.0"},
                  {"RCPT TO:" + std::string(path) + "\r\n", std::string(want)}});
    }
}

TEST(Receiver, HangsUpOnWhoTalksFirst) {
    Receiver receiver(settings());
    const auto step = receiver.start(/*early=*/10);
    ASSERT_TRUE(std::holds_alternative<HangUp>(step));
    EXPECT_EQ(std::get<HangUp>(step).farewell.code, 554);
}

// RFC 2920 §3.1
TEST(Receiver, HangsUpOnABodyBeforeTheGoAhead) {
    converse({{rcpt, ""},
              {"DATA\r\nSubject: x\r\n.\r\n", ""},
              {"", "250"},
              {"", "250 2.1.0"},
              {"", "250 2.1.5"},
              {"", "554 5.5.0 close"}});
}

TEST(Receiver, RunsNoBodyAsCommands) {
    converse({{"EHLO c\r\n", "250"},
              {"MAIL FROM:<s@x.test>\r\n", "250 2.1.0"},
              {"RCPT TO:<nobody@l.test>\r\n", "550 5.1.1"},
              {"DATA\r\n", "554 5.5.1"},
              {"Subject: x\r\n", "554 5.5.0 close"},
              {"MAIL FROM:<evil@x.test>\r\n.\r\n", ""}});
    // but a client that pipelines may go on with the next transaction
    converse({{mail, ""},
              {"DATA\r\n", "250"},
              {"RSET\r\n", "250 2.1.0"},
              {"MAIL FROM:<>\r\n", "554 5.5.1"},
              {"", "250 2.0.0"},
              {"", "250 2.1.0"}});
}

TEST(Receiver, HangsUpOnHttp) {
    converse({{"POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO c\r\nMAIL FROM:<s@x.test>\r\n", "500 5.5.2 close"}});
    converse({{"PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n", "500 5.5.2 close"}});
}

TEST(Receiver, StaysInStepOrCloses) {
    converse({{"EHLO c\n", "500 5.5.2 close"}});
    converse({{"EHLO c\r\n", "250"}, {"RCPT TO:<u@l.test>\rDATA\r\n", "500 5.5.2"}, {"NOOP\r\n", "250 2.0.0"}});
    converse({{"EHLO c\r\n", "250"}, {"MAIL FROM:<s\0@x.test>\r\n"s, "501 5.5.2"}, {"NOOP\r\n", "250 2.0.0"}});
    converse({{"NOOP " + std::string(2043, 'x') + "\r\n", "250 2.0.0"}});
    converse({{"NOOP " + std::string(2044, 'x') + "\r\n", "500 5.5.2"}, {"NOOP\r\n", "250 2.0.0"}});
    converse({{std::string(70'000, 'x'), "500 5.5.2 close"}});
}

// RFC 3030 §2
TEST(Receiver, TakesChunks) {
    const Line until_rcpt[] = {
        {"EHLO c\r\n", "250"}, {"MAIL FROM:<s@x.test>\r\n", "250 2.1.0"}, {"RCPT TO:<u@l.test>\r\n", "250 2.1.5"}};
    const auto with_chunks = [&](std::initializer_list<Line> rest) {
        std::string octets;
        Driver driver(settings());
        std::vector<std::string> want = {"220"};
        for (const auto& line : until_rcpt) octets += line.said, want.push_back(line.code);
        bool is_open = true;
        for (const auto& line : rest) {
            octets += line.said;
            if (line.code.empty()) continue;
            is_open = !line.code.ends_with(closed);
            want.push_back(is_open ? line.code : line.code.substr(0, line.code.size() - closed.size()));
        }
        EXPECT_EQ(codes(driver.converse(octets)), want) << octets;
        EXPECT_EQ(driver.is_open(), is_open);
        return driver.messages;
    };
    using Messages = std::vector<std::string>;
    EXPECT_EQ(with_chunks({{"BDAT 10\r\n.\r\nabcdefg", "250 2.0.0"}, {"BDAT 3 LAST\r\nh\r\n", "250 2.0.0"}}),
              Messages{".\r\nabcdefgh\r\n"});
    EXPECT_EQ(with_chunks({{"BDAT 5\r\nabcde", "250 2.0.0"},
                           {"DATA\r\n", "503 5.5.1"},
                           {"RCPT TO:<u@l.test>\r\n", "503 5.5.1"},
                           {"MAIL FROM:<>\r\n", "503 5.5.1"}}),
              Messages());
    EXPECT_EQ(with_chunks({{"BDAT 0\r\n", "250 2.0.0"}, {"BDAT 0 LAST\r\n", "250 2.0.0"}}), Messages{""});
    EXPECT_EQ(with_chunks({{"BDAT 600\r\n" + std::string(600, 'x'), "250 2.0.0"},
                           {"BDAT 600\r\n" + std::string(600, 'x'), "552 5.3.4"},
                           {"DATA\r\n", "503 5.5.1"},
                           {"BDAT 5 LAST\r\nabcde", "503 5.5.1"}}),
              Messages());
    EXPECT_EQ(with_chunks({{"BDAT 10737418240\r\nxxx", "552 5.3.4 close"}}), Messages());
    EXPECT_EQ(
        with_chunks({{"BDAT 1500\r\n" + std::string(1500, 'x'), "552 5.3.4"}, {"BDAT 600\r\n", "503 5.5.1 close"}}),
        Messages());
    EXPECT_EQ(
        with_chunks(
            {{"BDAT 3\r\na\nb", "550 5.5.2"}, {"BDAT 3 LAST\r\nabc", "503 5.5.1"}, {"MAIL FROM:<>\r\n", "250 2.1.0"}}),
        Messages());
    EXPECT_EQ(with_chunks({{"BDAT 1 LASTX\r\n", "501 5.5.4 close"}}), Messages());
    EXPECT_EQ(with_chunks({{"BDAT 6 LAST\r\nREFUSE", "550 5.6.0"}, {"BDAT 1\r\nx", "503 5.5.1"}}).size(), 1u);
}

// RFC 3030 §2: chunks without anybody to send to are read and forgotten
TEST(Receiver, DiscardsChunksNobodyWants) {
    converse({{"BDAT 5\r\nQUIT\n", "503 5.5.1"},
              {"EHLO c\r\n", "250"},
              {"MAIL FROM:<>\r\n", "250 2.1.0"},
              {"RCPT TO:<nobody@l.test>\r\n", "550 5.1.1"},
              {"BDAT 6 LAST\r\nQUIT\r\n", "554 5.5.1"},
              {"QUIT\r\n", "221 2.0.0 close"}});
}

// RFC 5321 §4.5.3.1.10
TEST(Receiver, LimitsRecipients) {
    Conversation conversation;
    conversation.say("EHLO c");
    conversation.say("MAIL FROM:<>");
    for (int i = 0; i < 1000; ++i)
        ASSERT_EQ(conversation.say("RCPT TO:<u" + std::to_string(i) + "@l.test>"), "250 2.0.0");
    EXPECT_EQ(conversation.say("RCPT TO:<u1000@l.test>"), "452 4.5.3");
    EXPECT_EQ(conversation.say("RCPT TO:<u7@l.test>"), "250 2.1.5");
    EXPECT_EQ(conversation.receiver().envelope().recipients.size(), 1000u);
    Conversation again;
    again.say("EHLO c");
    again.say("MAIL FROM:<>");
    for (int i = 0; i < 1000; ++i) EXPECT_EQ(again.say("RCPT TO:<u@l.test>").front(), '2');
    EXPECT_EQ(again.receiver().envelope().recipients.size(), 1u);
}

TEST(Receiver, LimitsJunk) {
    for (auto junk : {"NOOP", "RSET", "VRFY u", "EHLO c", "HELP"}) {
        SCOPED_TRACE(junk);
        Conversation conversation;
        conversation.say("EHLO c");
        for (int i = 0; i < 100; ++i) ASSERT_EQ(conversation.say(junk).front(), '2');
        EXPECT_EQ(conversation.say(junk), "421 4.7.0 close");
    }
    // a message in between makes it good
    Conversation conversation;
    conversation.say("EHLO c");
    for (int i = 0; i < 90; ++i) conversation.say("RSET");
    for (auto line : {"MAIL FROM:<>", "RCPT TO:<u@l.test>", "DATA"}) conversation.say(line);
    conversation.end();
    for (int i = 0; i < 90; ++i) ASSERT_EQ(conversation.say("RSET"), "250 2.0.0");
}

TEST(Receiver, LimitsErrorsAndAnswersThemLaterAndLater) {
    auto patient = settings();
    patient.longest_delay = std::chrono::seconds(7);
    Receiver receiver(patient);
    receiver.start();
    for (int i = 1; i <= 20; ++i) {
        SCOPED_TRACE(i);
        const auto step = receiver.on(parse_command("XYZZY"));
        if (i == 20) {
            ASSERT_TRUE(std::holds_alternative<HangUp>(step));
            EXPECT_EQ(std::get<HangUp>(step).farewell.wire().substr(0, 9), "421 4.7.0");
        } else {
            ASSERT_TRUE(std::holds_alternative<Say>(step));
            EXPECT_EQ(std::get<Say>(step).delay.count(), i < 10 ? 0 : std::min(i - 9, 7));
        }
    }
}

TEST(Receiver, LimitsTransactions) {
    auto few = settings();
    few.transactions = 1;
    transcript(
        {{"EHLO c", "250"}, {"MAIL FROM:<>", "250 2.0.0"}, {"RSET", "250 2.0.0"}, {"MAIL FROM:<>", "421 4.7.0 close"}},
        few);
}

TEST(Receiver, PassesOn421) {
    Conversation conversation;
    conversation.say("EHLO c");
    conversation.verdict = {421, "4.3.2", "closing"};
    EXPECT_EQ(conversation.say("MAIL FROM:<>"), "421 4.3.2 close");
}

// RFC 2033 §4.1, §4.2
TEST(Receiver, SpeaksLmtp) {
    Conversation conversation(settings(Protocol::Lmtp));
    EXPECT_EQ(conversation.say("EHLO c"), "500 5.5.1");
    EXPECT_EQ(conversation.say("LHLO c"), "250");
    conversation.say("MAIL FROM:<>");
    EXPECT_EQ(conversation.say("DATA"), "503 5.5.1");  // RFC 2033 §4.2
    conversation.say("RSET");
    for (auto line : {"MAIL FROM:<>", "RCPT TO:<a@l.test>", "RCPT TO:<b@l.test>", "RCPT TO:<a@l.test>", "DATA"})
        conversation.say(line);
    conversation.verdict = {450, "4.2.0", "no"};
    EXPECT_EQ(conversation.end(), "450 4.2.0;450 4.2.0;450 4.2.0;");

    conversation.verdict = {250, "2.0.0", "ok"};
    for (auto line : {"MAIL FROM:<>", "RCPT TO:<a@l.test>", "RCPT TO:<b@l.test>", "RCPT TO:<a@l.test>", "DATA"})
        conversation.say(line);
    EXPECT_EQ(conversation.end(), "250 2.0.0;250 2.0.0;250 2.0.0;");
}

// RFC 5321 §4.1.1.1
TEST(Receiver, OffersItsExtensions) {
    Driver driver(settings());
    const auto wire = driver.converse("EHLO c\r\n");
    for (auto offered : {"PIPELINING\r\n", "SIZE 1000\r\n", "8BITMIME\r\n", "ENHANCEDSTATUSCODES\r\n", "CHUNKING\r\n",
                         "SMTPUTF8\r\n", "DSN\r\n", "LIMITS RCPTMAX=1000 MAILMAX=100000\r\n", "VRFY\r\n", "HELP\r\n"})
        EXPECT_TRUE(wire.contains(offered)) << offered;
    for (auto absent : {"STARTTLS", "AUTH", "BINARYMIME"}) EXPECT_FALSE(wire.contains(absent)) << absent;
}

std::string response(std::string_view text) { return text::to_base64(text); }

struct Submission : Conversation {
    explicit Submission(Authentication authentication = {.offered = {"X", "Y"}, .if_encrypted = {"PLAIN"}}) {
        receiver().offer(std::move(authentication));
    }
    void transcript(std::initializer_list<Line> lines) {
        for (const auto& [said, want] : lines) {
            SCOPED_TRACE(said);
            EXPECT_EQ(say(said), want);
        }
    }
};

// RFC 4954 §4, §6
TEST(ReceiverLogin, IsAnExchangeOfLines) {
    Submission submission;
    submission.transcript({{"AUTH X", "503 5.5.1"},
                           {"HELO c", "250"},
                           {"AUTH X", "503 5.5.1"},
                           {"EHLO c", "250"},
                           {"AUTH Z", "504 5.5.4"},
                           {"AUTH PLAIN", "538 5.7.11"},
                           {"AUTH X", "334"},
                           {response("ask"), "334"},
                           {response("no"), "535 5.7.8"},
                           {"AUTH X " + response("busy"), "454 4.7.0"},
                           {"AUTH X", "334"},
                           {"*", "501 5.7.0"},
                           {"AUTH X", "334"},
                           {"NOOP x", "501 5.5.2"},  // not base64
                           {"AUTH X", "334"},
                           {"====", "501 5.5.2"},
                           {"MAIL FROM:<s@x.test>", "250 2.0.0"},
                           {"AUTH X", "503 5.5.1"},
                           {"RSET", "250 2.0.0"},
                           {"AUTH X", "334"},
                           {response("ask"), "334"},
                           {response("yes"), "235 2.7.0"},
                           {"AUTH X", "503 5.5.1"},
                           {"EHLO c", "250"},
                           {"AUTH X", "503 5.5.1"},
                           {"MAIL FROM:<s@x.test> AUTH=<>", "250 2.0.0"}});
    EXPECT_TRUE(submission.receiver().is_authenticated());
    EXPECT_EQ(submission.receiver().with_protocol(), "ESMTPA");  // RFC 3848 §1
    EXPECT_TRUE(submission.receiver().extensions().auth.empty());
}

TEST(ReceiverLogin, IsOfferedWhereItIs) {
    transcript({{"EHLO c", "250"}, {"AUTH PLAIN", "502 5.5.1"}, {"MAIL FROM:<s@x.test> AUTH=<>", "555 5.5.4"}});
    Submission submission;
    EXPECT_EQ(submission.receiver().extensions().auth, (std::vector<std::string>{"X", "Y"}));
    EXPECT_EQ(submission.receiver().longest_line(), 12'288u);
    EXPECT_EQ(Conversation().receiver().longest_line(), 2'048u);
    // Nothing is offered in the clear where TLS is to be had.
    Submission hidden({.offered = {}, .if_encrypted = {"X"}});
    hidden.transcript({{"EHLO c", "250"}, {"AUTH X", "538 5.7.11"}, {"AUTH Y", "504 5.5.4"}});
    EXPECT_TRUE(hidden.receiver().extensions().auth.empty());
}

// RFC 6409 §4.3
TEST(ReceiverLogin, MayBeRequired) {
    Submission submission({.offered = {"X"}, .if_encrypted = {}, .is_required = true});
    submission.transcript({{"EHLO c", "250"},
                           {"MAIL FROM:<s@x.test>", "530 5.7.0"},
                           {"RCPT TO:<u@l.test>", "503 5.5.1"},
                           {"NOOP", "250 2.0.0"},
                           {"AUTH X " + response("yes"), "235 2.7.0"},
                           {"MAIL FROM:<s@x.test>", "250 2.0.0"}});
}

TEST(ReceiverLogin, EndsTheConnectionOfWhoIsBanned) {
    Submission submission;
    submission.transcript({{"EHLO c", "250"}, {"AUTH X", "334"}, {response("banned"), "421 4.7.0 close"}});
}

// Hostile: guessing in one connection is an error like any other; and a response has its limit (RFC 4954 §4).
TEST(ReceiverLogin, HasItsLimits) {
    Submission submission;
    submission.say("EHLO c");
    for (int i = 1; i < 20; ++i) EXPECT_EQ(submission.say("AUTH X " + response("no")), "535 5.7.8") << i;
    EXPECT_EQ(submission.say("AUTH X " + response("no")), "421 4.7.0 close");
    LineReader lines;
    const std::string longest(12'288, 'A');
    EXPECT_EQ(lines.next(longest + "\r\n", 12'288).kind, CommandLine::Kind::Line);
    EXPECT_EQ(lines.next(longest + "A\r\n", 12'288).kind, CommandLine::Kind::TooLong);
    EXPECT_EQ(lines.next(longest + "\r\n").kind, CommandLine::Kind::TooLong);
    Submission other;
    other.say("EHLO c");
    EXPECT_EQ(other.say("AUTH X"), "334");
    auto step = other.receiver().on(CommandLine{CommandLine::Kind::TooLong, {}, 0});
    EXPECT_EQ(std::get<Say>(step).reply.enhanced, "5.5.6");
    EXPECT_FALSE(other.receiver().is_logging_in());
    EXPECT_EQ(other.say("NOOP"), "250 2.0.0");
}

// RFC 4865: who has logged in, where it is offered; by one of the two parameters.
TEST(ReceiverLogin, MayHaveMailReleasedLater) {
    Submission submission;
    submission.receiver().offer_future_release("604800 2026-12-04T18:00:00Z");
    submission.transcript({{"EHLO c", "250"},
                           {"MAIL FROM:<s@x.test> HOLDFOR=60", "555 5.5.4"},
                           {"AUTH X " + response("yes"), "235 2.7.0"},
                           {"MAIL FROM:<s@x.test> HOLDFOR=60 HOLDUNTIL=2026-12-24T18:00:00Z", "501 5.5.4"},
                           {"MAIL FROM:<s@x.test> HOLDFOR=60 HOLDFOR=60", "501 5.5.4"},
                           {"MAIL FROM:<s@x.test> HOLDFOR=", "501 5.5.4"},
                           {"MAIL FROM:<s@x.test> HOLDFOR=1234567890", "501 5.5.4"},
                           {"MAIL FROM:<s@x.test> HOLDFOR=-1", "501 5.5.4"},
                           {"MAIL FROM:<s@x.test> HOLDUNTIL=tomorrow", "501 5.5.4"},
                           {"MAIL FROM:<s@x.test> HOLDFOR=60", "250 2.0.0"}});
    EXPECT_EQ(submission.receiver().extensions().future_release, "604800 2026-12-04T18:00:00Z");
    EXPECT_TRUE(hello_reply("c", submission.receiver().extensions())
                    .text.contains("\nFUTURERELEASE 604800 2026-12-04T18:00:00Z"));
    auto step = submission.receiver().on(parse_command("RSET"));
    step = submission.receiver().on(parse_command("MAIL FROM:<s@x.test> HOLDUNTIL=1970-01-01T00:01:00Z"));
    ASSERT_TRUE(std::holds_alternative<AskSender>(step));
    EXPECT_EQ(std::get<AskSender>(step).hold, Hold(HoldUntil{60}));

    Submission strangers;
    strangers.transcript({{"EHLO c", "250"},
                          {"AUTH X " + response("yes"), "235 2.7.0"},
                          {"MAIL FROM:<s@x.test> HOLDFOR=60", "555 5.5.4"}});
    EXPECT_EQ(strangers.receiver().extensions().future_release, "");
}

}  // namespace
}  // namespace smtp
