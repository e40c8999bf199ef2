#include "smtp/sender.h"

#include <gtest/gtest.h>

#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "lang/overloaded.h"
#include "smtp/reply_reader.h"

namespace smtp {
namespace {

using Result = RecipientOutcome::Result;

/// Drives a Sender as relay does. What it writes, and where it waits, becomes one text: commands as they are, bodies as
/// "<body 7>", each wait as "| ". Replies come from a list; behind the last one the connection is lost.
struct Relay {
    explicit Relay(SenderSettings settings) : sender(std::move(settings)) {}

    void run(std::vector<std::string> server) {
        for (bool goes_on = true; goes_on;) {
            if (!queue.empty() && sender.may_submit()) {
                sender.submit(queue.front());
                queue.pop_front();
            } else if (queue.empty() && !stays_open) {
                sender.quit();
            }
            goes_on = std::visit(Overloaded{
                                     [&](const Write& write) { return text += write.octets, true; },
                                     [&](const WriteBody& body) { return write_body(body), true; },
                                     [&](const AwaitReply& await) { return answer(server, await), true; },
                                     [&](const Handshake&) { return shake_hands(), true; },
                                     [&](const Report& report) { return outcomes.push_back(report.outcome), true; },
                                     [&](const Idle&) { return false; },
                                     [&](const Finished&) { return false; },
                                 },
                                 sender.next());
        }
        EXPECT_EQ(next_reply, server.size()) << "the server said more than was waited for";
    }

    void write_body(const WriteBody& body) {
        text += (body.form == WriteBody::Form::AsItIs ? "<octets " : "<body ") + std::to_string(body.id) + ">\r\n";
    }

    void shake_hands() {
        text += "<handshake>\r\n";
        if (agrees)
            sender.on_encrypted();
        else
            sender.lost("no agreement");
    }

    void answer(const std::vector<std::string>& server, const AwaitReply& await) {
        if (!text.ends_with("| ")) text += "| ";
        stages += std::string(to_text(await.stage)) + " ";
        if (next_reply == server.size()) return sender.lost("reset");
        sender.on(parse_reply(server[next_reply++] + "\r\n"));
    }

    Sender sender;
    std::deque<Outgoing> queue;
    bool stays_open = false;
    bool agrees = true;
    std::string text, stages;
    std::vector<Outcome> outcomes;
    std::size_t next_reply = 0;
};

SenderSettings settings(Protocol protocol = Protocol::Smtp, Chunking chunking = Chunking::WhenNeeded) {
    SenderSettings made;
    made.hostname = "us.test";
    made.protocol = protocol;
    made.chunking = chunking;
    return made;
}

Outgoing message(std::uint64_t id, std::vector<std::string> recipients = {"a@x.test"}) {
    Outgoing made;
    made.id = id;
    made.envelope.reverse_path = "s@us.test";
    for (auto& address : recipients) made.envelope.recipients.push_back({std::move(address), "", 0});
    made.size = 500;
    made.longest_line = 70;
    return made;
}

std::string summary(const std::vector<Outcome>& outcomes) {
    std::string out;
    for (const auto& outcome : outcomes) {
        out += std::to_string(outcome.id) + ":";
        for (const auto& recipient : outcome.recipients) {
            constexpr std::string_view names[] = {" delivered", " deferred", " failed", " not tried"};
            out += names[static_cast<std::size_t>(recipient.result)];
            if (recipient.result != Result::NotTried && recipient.result != Result::Delivered)
                out += " at " + std::string(to_text(recipient.stage)) + " " + std::to_string(recipient.reply.code);
            if (recipient.may_be_delivered) out += " (perhaps twice)";
        }
        out += "; ";
    }
    return out;
}

const std::string hello = "| EHLO us.test\r\n| ";
const std::string all_extensions =
    "250-x.test\r\n250-PIPELINING\r\n250-SIZE 10000\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250-CHUNKING\r\n250 DSN";
const std::string pipelining = "250-x.test\r\n250 PIPELINING";

struct Case {
    std::string_view name;
    std::vector<Outgoing> queue;
    std::vector<std::string> server;  // behind greeting and EHLO
    std::string written;              // behind EHLO
    std::string outcomes;
    std::string ehlo = pipelining;
    SenderSettings with = settings();
};

void check(const std::vector<Case>& cases) {
    for (const auto& one : cases) {
        SCOPED_TRACE(one.name);
        Relay relay(one.with);
        relay.queue.assign(one.queue.begin(), one.queue.end());
        std::vector<std::string> server = {"220 x.test", one.ehlo};
        server.insert(server.end(), one.server.begin(), one.server.end());
        relay.run(server);
        const bool is_lmtp = one.with.protocol == Protocol::Lmtp;
        EXPECT_EQ(relay.text, (is_lmtp ? "| LHLO us.test\r\n| " : hello) + one.written);
        EXPECT_EQ(summary(relay.outcomes), one.outcomes);
    }
}

// RFC 5321 §4.1.4, RFC 2920 §3.1
TEST(Sender, Delivers) {
    check({
        {"one command at a time",
         {message(1)},
         {"250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         "MAIL FROM:<s@us.test>\r\n| RCPT TO:<a@x.test>\r\n| DATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: delivered; ",
         "250 x.test"},
        {"in a group",
         {message(1, {"a@x.test", "b@x.test"})},
         {"250 ok", "250 ok", "251 ok", "354 go", "250 ok", "221 bye"},
         "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: delivered delivered; "},
        {"one message behind the other",
         {message(1), message(2)},
         {"250 ok", "250 ok", "354 go", "250 ok 1", "250 ok", "250 ok", "354 go", "250 ok 2", "221 bye"},
         "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| <body 1>\r\n"
         "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| <body 2>\r\n| QUIT\r\n| ",
         "1: delivered; 2: delivered; "},
        {"two, one command at a time",
         {message(1), message(2)},
         {"250 ok", "250 ok", "354 go", "250 ok", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         "MAIL FROM:<s@us.test>\r\n| RCPT TO:<a@x.test>\r\n| DATA\r\n| <body 1>\r\n| "
         "MAIL FROM:<s@us.test>\r\n| RCPT TO:<a@x.test>\r\n| DATA\r\n| <body 2>\r\n| QUIT\r\n| ",
         "1: delivered; 2: delivered; ",
         "250 x.test"},
        {"the null sender",
         {[] {
             auto bounce = message(1);
             bounce.envelope.reverse_path = "";
             return bounce;
         }()},
         {"250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         "MAIL FROM:<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: delivered; "},
    });
}

// RFC 3030 §4.2: no round trip at all
TEST(Sender, DeliversByChunks) {
    check({
        {"in one group, messages behind each other",
         {message(1), message(2)},
         {"250 ok", "250 ok", "250 ok", "250 rset", "250 ok", "250 ok", "250 ok", "221 bye"},
         "MAIL FROM:<s@us.test> SIZE=500\r\nRCPT TO:<a@x.test>\r\nBDAT 500 LAST\r\n<octets 1>\r\n"
         "RSET\r\nMAIL FROM:<s@us.test> SIZE=500\r\nRCPT TO:<a@x.test>\r\nBDAT 500 LAST\r\n<octets 2>\r\n| QUIT\r\n| ",
         "1: delivered; 2: delivered; ",
         all_extensions,
         settings(Protocol::Smtp, Chunking::WhenSmall)},
        {"in vain",
         {message(1), message(2)},
         {"250 ok", "550 no", "503 no", "250 rset", "250 ok", "250 ok", "452 full", "221 bye"},
         "MAIL FROM:<s@us.test> SIZE=500\r\nRCPT TO:<a@x.test>\r\nBDAT 500 LAST\r\n<octets 1>\r\n"
         "RSET\r\nMAIL FROM:<s@us.test> SIZE=500\r\nRCPT TO:<a@x.test>\r\nBDAT 500 LAST\r\n<octets 2>\r\n| QUIT\r\n| ",
         "1: failed at RCPT 550; 2: deferred at end of data 452; ",
         all_extensions,
         settings(Protocol::Smtp, Chunking::WhenSmall)},
        {"long lines need it",
         {[] {
             auto wide = message(1);
             wide.longest_line = 999;
             return wide;
         }()},
         {"250 ok", "250 ok", "250 ok", "221 bye"},
         "MAIL FROM:<s@us.test> SIZE=500\r\nRCPT TO:<a@x.test>\r\nBDAT 500 LAST\r\n<octets 1>\r\n| QUIT\r\n| ",
         "1: delivered; ",
         all_extensions},
    });
}

TEST(Sender, SortsRefusals) {
    const auto two = message(1, {"a@x.test", "b@x.test"});
    const std::string group = "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n| ";
    check({
        {"MAIL, for good",
         {two},
         {"550 no", "503 no", "503 no", "503 no", "221 bye"},
         group + "QUIT\r\n| ",
         "1: failed at MAIL 550 failed at MAIL 550; "},
        {"MAIL, for now, one command at a time",
         {two},
         {"451 no", "221 bye"},
         "MAIL FROM:<s@us.test>\r\n| QUIT\r\n| ",
         "1: deferred at MAIL 451 deferred at MAIL 451; ",
         "250 x.test"},
        {"one RCPT",
         {two},
         {"250 ok", "550 no", "250 ok", "354 go", "250 ok", "221 bye"},
         group + "<body 1>\r\n| QUIT\r\n| ",
         "1: failed at RCPT 550 delivered; "},
        {"all RCPT",
         {two, message(2)},
         {"250 ok", "550 no", "450 no", "554 no", "250 rset", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         group + "RSET\r\nMAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| <body 2>\r\n| QUIT\r\n| ",
         "1: failed at RCPT 550 deferred at RCPT 450; 2: delivered; "},
        {"all RCPT, one command at a time",
         {two},
         {"250 ok", "550 no", "450 no", "221 bye"},
         "MAIL FROM:<s@us.test>\r\n| RCPT TO:<a@x.test>\r\n| RCPT TO:<b@x.test>\r\n| QUIT\r\n| ",
         "1: failed at RCPT 550 deferred at RCPT 450; ",
         "250 x.test"},
        // RFC 2920 §3.1
        {"all RCPT, and yet 354",
         {two, message(2)},
         {"250 ok", "550 no", "550 no", "354 go", "554 no", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         group + ".\r\n| MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| <body 2>\r\n| QUIT\r\n| ",
         "1: failed at RCPT 550 failed at RCPT 550; 2: delivered; "},
        {"DATA",
         {two},
         {"250 ok", "250 ok", "550 no", "451 no", "221 bye"},
         group + "QUIT\r\n| ",
         "1: deferred at DATA 451 failed at RCPT 550; "},
        {"end of data",
         {two},
         {"250 ok", "250 ok", "250 ok", "354 go", "554 spam", "221 bye"},
         group + "<body 1>\r\n| QUIT\r\n| ",
         "1: failed at end of data 554 failed at end of data 554; "},
        {"nonsense is not final",
         {two},
         {"354 go", "250 ok", "250 ok", "503 no", "221 bye"},
         group + "QUIT\r\n| ",
         "1: deferred at MAIL 451 deferred at MAIL 451; "},
        {"250 to DATA",
         {two},
         {"250 ok", "250 ok", "250 ok", "250 what"},
         group,
         "1: deferred at DATA 451 deferred at DATA 451; "},
        {"354 to the end of data",
         {message(1)},
         {"250 ok", "250 ok", "354 go", "354 what", "221 bye"},
         "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: deferred at end of data 451; "},
    });
}

// RFC 5321 §3.8, RFC 1047
TEST(Sender, SurvivesTheEnd) {
    const std::string group = "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| ";
    check({
        {"421 to RCPT", {message(1), message(2)}, {"250 ok", "421 closing"}, group, "1: deferred at RCPT 421; "},
        {"421 to the end of data",
         {message(1), message(2)},
         {"250 ok", "250 ok", "354 go", "421 closing"},
         group + "<body 1>\r\n" + group,
         "1: deferred at end of data 421; 2: not tried; "},
        {"lost before MAIL is answered", {message(1)}, {}, group, "1: deferred at MAIL 451; "},
        {"lost behind the body",
         {message(1), message(2)},
         {"250 ok", "250 ok", "354 go"},
         group + "<body 1>\r\n" + group,
         "1: deferred at end of data 451 (perhaps twice); 2: not tried; "},
        {"lost at the second",
         {message(1), message(2)},
         {"250 ok", "250 ok", "354 go", "250 ok", "250 ok"},
         group + "<body 1>\r\n" + group,
         "1: delivered; 2: deferred at RCPT 451; "},
        {"lost before the second is answered",
         {message(1), message(2)},
         {"250 ok", "250 ok", "354 go", "250 ok"},
         group + "<body 1>\r\n" + group,
         "1: delivered; 2: not tried; "},
    });
}

TEST(Sender, TakesNoForAnAnswer) {
    struct Session {
        std::vector<std::string> server;
        std::string written, outcomes;
        int refusal;
    };
    const Session sessions[] = {
        {{"554 go away", "221 bye"}, "| QUIT\r\n| ", "1: failed at greeting 554; ", 554},
        {{"421 busy"}, "| ", "1: deferred at greeting 421; ", 421},
        {{"354 what", "221 bye"}, "| QUIT\r\n| ", "1: deferred at greeting 451; ", 451},
        {{}, "| ", "1: deferred at greeting 451; ", 451},
        {{"220 x", "451 no", "221 bye"}, hello + "QUIT\r\n| ", "1: deferred at EHLO 451; ", 451},
        {{"220 x", "221 what", "221 bye"}, hello + "QUIT\r\n| ", "1: deferred at EHLO 451; ", 451},
        {{"220 x", "550 no", "550 no", "221 bye"},
         hello + "HELO us.test\r\n| QUIT\r\n| ",
         "1: failed at EHLO 550; ",
         550},
        {{"220 x", "550 no", "421 no"}, hello + "HELO us.test\r\n| ", "1: deferred at EHLO 421; ", 421},
        {{"220 x", "502 what", "250 x", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         hello +
             "HELO us.test\r\n| MAIL FROM:<s@us.test>\r\n| RCPT TO:<a@x.test>\r\n| DATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: delivered; ",
         0},
    };
    for (const auto& session : sessions) {
        Relay relay(settings());
        relay.queue = {message(1)};
        relay.run(session.server);
        SCOPED_TRACE(relay.text);
        EXPECT_EQ(relay.text, session.written);
        EXPECT_EQ(summary(relay.outcomes), session.outcomes);
        EXPECT_EQ(relay.sender.session_refusal() ? relay.sender.session_refusal()->code : 0, session.refusal);
    }
}

// RFC 1870 §5, RFC 6152 §3, RFC 6531 §3.7.3, RFC 3030 §3
TEST(Sender, SendsNothingThatTheServerCannotTake) {
    auto large = message(1), eight_bit = message(2), international = message(3, {"ü@x.test", "a@x.test"}),
         header = message(4), binary = message(5), sender = message(6), strange = message(7, {"a\r\nDATA@x.test"});
    large.size = 10'001;
    eight_bit.has_8bit = true;
    header.has_8bit = header.has_8bit_header = header.envelope.smtputf8 = true;
    binary.envelope.body = BodyType::BinaryMime;
    sender.envelope.reverse_path = "ü@us.test";
    const std::string group = "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| ";
    check({
        {"too large", {large}, {"221 bye"}, "QUIT\r\n| ", "1: failed at MAIL 552; ", all_extensions},
        {"8-bit", {eight_bit}, {"221 bye"}, "QUIT\r\n| ", "2: failed at MAIL 554; "},
        {"an international recipient",
         {international},
         {"250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         group + "<body 3>\r\n| QUIT\r\n| ",
         "3: failed at MAIL 550 delivered; "},
        {"an international header",
         {header},
         {"221 bye"},
         "QUIT\r\n| ",
         "4: failed at MAIL 550; ",
         "250-x\r\n250-PIPELINING\r\n250 8BITMIME"},
        {"binary", {binary}, {"221 bye"}, "QUIT\r\n| ", "5: failed at MAIL 554; ", all_extensions},
        {"an international sender", {sender}, {"221 bye"}, "QUIT\r\n| ", "6: failed at MAIL 550; "},
        {"an address that is none", {strange}, {"221 bye"}, "QUIT\r\n| ", "7: failed at MAIL 501; "},
    });
}

// RFC 3461 §5.2.1, RFC 6531 §3.4, RFC 6533 §3
TEST(Sender, PassesParametersOn) {
    auto full = message(1, {"ü@x.test"});
    full.has_8bit = true;
    full.envelope.ret = Return::Headers;
    full.envelope.envelope_id = "a+b=c";
    full.envelope.recipients[0].notify = notify_success | notify_delay;
    full.envelope.recipients[0].original_recipient = "rfc822;x+y@x.test";
    auto international = full;
    international.envelope.recipients[0].original_recipient = "utf-8;ü+y@x.test";
    auto plain = full;
    plain.envelope.recipients[0].address = "u@x.test";
    check({
        {"all",
         {full},
         {"250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         "MAIL FROM:<s@us.test> SIZE=500 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb+3Dc\r\n"
         "RCPT TO:<ü@x.test> NOTIFY=SUCCESS,DELAY ORCPT=rfc822;x+2By@x.test\r\nDATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: delivered; ",
         all_extensions},
        {"all, of an international original",
         {international},
         {"250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         "MAIL FROM:<s@us.test> SIZE=500 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb+3Dc\r\n"
         "RCPT TO:<ü@x.test> NOTIFY=SUCCESS,DELAY ORCPT=utf-8;ü\\x{2B}y@x.test\r\n"
         "DATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: delivered; ",
         all_extensions},
        {"none",
         {plain},
         {"250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         "MAIL FROM:<s@us.test> BODY=8BITMIME\r\nRCPT TO:<u@x.test>\r\nDATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: delivered; ",
         "250-x\r\n250-PIPELINING\r\n250 8BITMIME"},
    });
    Relay relay(settings());
    relay.queue = {full};
    relay.run({"220 x", all_extensions, "250 ok", "250 ok", "354 go", "250 ok", "221 bye"});
    EXPECT_TRUE(relay.outcomes.at(0).recipients.at(0).dsn_passed_on);
}

// RFC 9422 §4; RFC 5321 §4.5.3.1.10
TEST(Sender, KeepsTheServersLimits) {
    const auto three = message(1, {"a@x.test", "b@x.test", "c@x.test"});
    const auto group = [](std::string_view recipients) {
        std::string out = "MAIL FROM:<s@us.test>\r\n";
        for (char c : recipients) out += "RCPT TO:<" + std::string(1, c) + "@x.test>\r\n";
        return out + "DATA\r\n| ";
    };
    check({
        {"RCPTMAX",
         {three},
         {"250 ok", "250 ok", "250 ok", "354 go", "250 ok", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         group("ab") + "<body 1>\r\n| " + group("c") + "<body 1>\r\n| QUIT\r\n| ",
         "1: delivered delivered delivered; ",
         "250-x\r\n250-PIPELINING\r\n250 LIMITS RCPTMAX=2"},
        {"RCPTDOMAINMAX",
         {message(1, {"a@x.test", "a@y.test", "b@x.test"})},
         {"250 ok", "250 ok", "250 ok", "354 go", "250 ok", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         group("ab") +
             "<body 1>\r\n| MAIL FROM:<s@us.test>\r\nRCPT TO:<a@y.test>\r\nDATA\r\n| <body 1>\r\n| QUIT\r\n| ",
         "1: delivered delivered delivered; ",
         "250-x\r\n250-PIPELINING\r\n250 LIMITS RCPTDOMAINMAX=1"},
        {"452",
         {three},
         {"250 ok", "250 ok", "452 4.5.3 many", "552 many", "354 go", "250 ok", "250 ok", "250 ok", "552 5.2.2 full",
          "354 go", "250 ok", "221 bye"},
         group("abc") + "<body 1>\r\n| " + group("bc") + "<body 1>\r\n| QUIT\r\n| ",
         "1: delivered delivered failed at RCPT 552; "},
        {"452 to all",
         {three},
         {"250 ok", "452 many", "452 many", "452 many", "554 no", "221 bye"},
         group("abc") + "QUIT\r\n| ",
         "1: deferred at RCPT 452 deferred at RCPT 452 deferred at RCPT 452; "},
        {"MAILMAX",
         {three, message(2)},
         {"250 ok", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"},
         group("ab") + "<body 1>\r\n| QUIT\r\n| ",
         "1: delivered delivered not tried; ",
         "250-x\r\n250-PIPELINING\r\n250 LIMITS RCPTMAX=2 MAILMAX=1"},
    });
}

// RFC 2033 §4.2
TEST(Sender, SpeaksLmtp) {
    const auto two = message(1, {"a@x.test", "b@x.test"});
    const std::string group = "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nRCPT TO:<b@x.test>\r\n";
    check({
        {"a reply for each",
         {two, message(2)},
         {"250 ok", "250 ok", "250 ok", "354 go", "250 a", "452 b", "250 ok", "550 no", "503 no", "221 bye"},
         group + "DATA\r\n| <body 1>\r\nMAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| QUIT\r\n| ",
         "1: delivered deferred at end of data 452; 2: failed at RCPT 550; ",
         pipelining,
         settings(Protocol::Lmtp)},
        {"by BDAT",
         {two},
         {"250 ok", "250 ok", "250 ok", "250 a", "250 b", "221 bye"},
         "MAIL FROM:<s@us.test>\r\nRCPT TO:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nBDAT 500 LAST\r\n<octets 1>\r\n| "
         "QUIT\r\n| ",
         "1: delivered delivered; ",
         "250-x\r\n250-PIPELINING\r\n250 CHUNKING",
         settings(Protocol::Lmtp, Chunking::WhenSmall)},
        {"lost between them",
         {two},
         {"250 ok", "250 ok", "250 ok", "354 go", "250 a"},
         group + "DATA\r\n| <body 1>\r\n| ",
         "1: delivered deferred at end of data 451 (perhaps twice); ",
         pipelining,
         settings(Protocol::Lmtp)},
    });
    Relay relay(settings(Protocol::Lmtp));
    relay.queue = {message(1)};
    relay.run({"220 x", "500 what", "221 bye"});
    EXPECT_EQ(relay.text, "| LHLO us.test\r\n| QUIT\r\n| ");
}

TEST(Sender, WaitsForMore) {
    Relay relay(settings());
    relay.stays_open = true;
    relay.run({"220 x", pipelining});
    EXPECT_EQ(relay.text, hello);
    relay.queue = {message(1)};
    relay.run({"220 x", pipelining, "250 ok", "250 ok", "354 go", "250 ok"});
    EXPECT_EQ(summary(relay.outcomes), "1: delivered; ");
    EXPECT_EQ(relay.stages, "greeting EHLO MAIL RCPT DATA end of data ");
    relay.sender.on({421, "4.4.2", "idle"});
    EXPECT_FALSE(relay.sender.is_open());
    EXPECT_FALSE(relay.sender.may_submit());
}

SenderSettings with_tls(UseTls starttls) {
    auto made = settings();
    made.starttls = starttls;
    return made;
}
const std::string offers_tls = "250-x.test\r\n250-PIPELINING\r\n250 STARTTLS";

// RFC 3207 §4.2: EHLO again, and what was offered in the clear is forgotten.
TEST(Sender, BeginsTlsWhereItIsOffered) {
    for (const auto starttls : {UseTls::WhenOffered, UseTls::Always}) {
        Relay relay(with_tls(starttls));
        relay.queue = {message(1)};
        relay.run(
            {"220 x.test", offers_tls, "220 go", "250 x.test", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"});
        EXPECT_EQ(relay.text, hello +
                                  "STARTTLS\r\n| <handshake>\r\nEHLO us.test\r\n| MAIL FROM:<s@us.test>\r\n| RCPT "
                                  "TO:<a@x.test>\r\n| DATA\r\n| <body 1>\r\n| QUIT\r\n| ");
        EXPECT_EQ(summary(relay.outcomes), "1: delivered; ");
    }
}

TEST(Sender, BeginsNoTlsUnwanted) {
    Relay relay(with_tls(UseTls::Never));
    relay.run({"220 x.test", offers_tls, "221 bye"});
    EXPECT_EQ(relay.text, hello + "QUIT\r\n| ");
}

// RFC 3207 §4.1: 454 and the like. RFC 7435: in the clear, unless more is demanded.
TEST(Sender, GoesOnInTheClearOrNotAtAll) {
    struct Case {
        std::vector<std::string> server;
        std::string demanded;
    };
    const Case cases[] = {
        {{"220 x.test", offers_tls, "454 4.7.0 not now", "221 bye"}, "the server refused STARTTLS: 454 not now"},
        {{"220 x.test", pipelining, "221 bye"}, "the server does not offer STARTTLS"},
        {{"220 x.test", "502 what", "250 x.test", "221 bye"}, "the server does not offer STARTTLS"}};
    for (const auto& [server, demanded] : cases) {
        Relay opportunistic(with_tls(UseTls::WhenOffered));
        opportunistic.run(server);
        EXPECT_EQ(opportunistic.sender.unencrypted(), "");
        Relay strict(with_tls(UseTls::Always));
        strict.queue = {message(1)};
        strict.run(server);
        EXPECT_EQ(strict.sender.unencrypted(), demanded);
        EXPECT_EQ(summary(strict.outcomes), "1: deferred at STARTTLS 451; ");
        EXPECT_FALSE(strict.text.contains("MAIL"));
    }
}

TEST(Sender, WithoutAgreementTheConversationIsOver) {
    Relay relay(with_tls(UseTls::WhenOffered));
    relay.queue = {message(1)};
    relay.agrees = false;
    relay.run({"220 x.test", offers_tls, "220 go"});
    EXPECT_FALSE(relay.sender.is_open());
    EXPECT_EQ(summary(relay.outcomes), "1: deferred at STARTTLS 451; ");
}

SenderSettings with_login(UseTls starttls = UseTls::Always) {
    auto made = with_tls(starttls);
    made.login = {.user = "user", .password = "pencil", .mechanisms = {sasl::Mechanism::Plain}, .nonce = "c"};
    return made;
}
const std::string offers_login = "250-x.test\r\n250-PIPELINING\r\n250 AUTH PLAIN LOGIN";

// RFC 4954 §4, §5: after the second EHLO, and before any message; the mail itself is nobody's in particular.
TEST(Sender, LogsInWhenItIsEncrypted) {
    Relay relay(with_login());
    relay.queue = {message(1)};
    relay.run({"220 x.test", offers_tls, "220 go", offers_login, "235 2.7.0 welcome", "250 ok", "250 ok", "354 go",
               "250 ok", "221 bye"});
    EXPECT_EQ(relay.text, hello +
                              "STARTTLS\r\n| <handshake>\r\nEHLO us.test\r\n| AUTH PLAIN AHVzZXIAcGVuY2ls\r\n| "
                              "MAIL FROM:<s@us.test> AUTH=<>\r\nRCPT TO:<a@x.test>\r\nDATA\r\n| <body 1>\r\n| "
                              "QUIT\r\n| ");
    EXPECT_EQ(relay.stages, "greeting EHLO STARTTLS EHLO AUTH MAIL RCPT DATA end of data QUIT ");
    EXPECT_EQ(summary(relay.outcomes), "1: delivered; ");
    EXPECT_EQ(relay.sender.not_logged_in(), "");
}

// RFC 8314 §3.3: TLS before the greeting.
TEST(Sender, LogsInWhereTlsCameFirst) {
    Relay relay(with_login(UseTls::Never));
    relay.sender.on_encrypted();
    relay.queue = {message(1)};
    relay.run({"220 x.test", offers_login, "235 welcome", "250 ok", "250 ok", "354 go", "250 ok", "221 bye"});
    EXPECT_EQ(summary(relay.outcomes), "1: delivered; ");
}

// Whatever is wrong with the login, the messages wait: nobody's mail comes back for a password that is wrong.
TEST(Sender, DefersWhereItCannotLogIn) {
    struct Case {
        std::vector<std::string> server;  // behind the handshake
        std::string why;
        bool is_refused = false;
    };
    const Case cases[] = {
        {{offers_login, "535 5.7.8 no", "221 bye"},
         "The server refused our login as user by PLAIN: 535 5.7.8 no",
         true},
        {{offers_login, "454 4.7.0 later", "221 bye"},
         "The server refused our login as user by PLAIN: 454 4.7.0 later"},
        {{offers_login, "421 4.7.0 closing"}, "The server refused our login as user by PLAIN: 421 4.7.0 closing"},
        {{offers_login, "334 IQ==", "501 cancelled", "221 bye"},
         "The server does not keep to PLAIN, or does not know the password itself"},
        {{pipelining, "221 bye"}, "The server does not offer AUTH, so we cannot log in"},
        {{"250-x.test\r\n250 AUTH GSSAPI", "221 bye"},
         "The server offers no way of logging in that we may use, only GSSAPI"},
    };
    for (const auto& [replies, why, is_refused] : cases) {
        Relay relay(with_login());
        relay.queue = {message(1)};
        std::vector<std::string> server{"220 x.test", offers_tls, "220 go"};
        server.insert(server.end(), replies.begin(), replies.end());
        relay.run(server);
        EXPECT_EQ(relay.sender.not_logged_in(), why);
        EXPECT_EQ(relay.sender.is_login_refused(), is_refused);
        EXPECT_EQ(summary(relay.outcomes), "1: deferred at AUTH 451; ");
        EXPECT_FALSE(relay.text.contains("MAIL"));
        EXPECT_FALSE(relay.sender.may_submit());
    }
    Relay lost(with_login());
    lost.queue = {message(1)};
    lost.run({"220 x.test", offers_tls, "220 go", offers_login});
    EXPECT_EQ(summary(lost.outcomes), "1: deferred at AUTH 451; ");
}

// RFC 4954 §4: a password never in the clear, also where the server would have it.
TEST(Sender, DoesNotLogInUnencrypted) {
    Relay relay(with_login(UseTls::WhenOffered));
    relay.queue = {message(1)};
    relay.run({"220 x.test", offers_login, "221 bye"});
    EXPECT_EQ(relay.text, hello + "QUIT\r\n| ");
    EXPECT_EQ(relay.sender.not_logged_in(), "The connection is not encrypted, so we do not log in");
    EXPECT_EQ(summary(relay.outcomes), "1: deferred at AUTH 451; ");
}

}  // namespace
}  // namespace smtp
