#include "logs/log.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>

namespace {

using logs::Event;
using testing::HasSubstr;

class FixedClock final : public clocks::Clock {
public:
    clocks::Wall wall() const override { return clocks::Wall(std::chrono::milliseconds(now)); }
    clocks::Steady steady() const override { return clocks::Steady(std::chrono::milliseconds(now)); }
    std::int64_t now = 1'767'323'045'678;  // 2026-01-02T03:04:05.678Z
};

std::string contents(int descriptor) {
    std::string text(4 << 20, '\0');
    const auto got = ::pread(descriptor, text.data(), text.size(), 0);
    text.resize(got > 0 ? static_cast<std::size_t>(got) : 0);
    return text;
}

/// Writes both outputs into memory.
struct Fixture {
    explicit Fixture(logs::Format format, bool stamps = false)
        : lines(::memfd_create("log", 0)),
          events(::memfd_create("events", 0)),
          log(clock,
              {.format = format, .process = "smtpd/0", .qmail_stamps = stamps, .qmail = {"mx.l.test", 10, 20, 40}},
              {file::Descriptor(::dup(lines.get())), file::Descriptor(::dup(events.get()))}) {}

    FixedClock clock;
    file::Descriptor lines;
    file::Descriptor events;
    logs::Log log;
};

TEST(Log, WritesSentencesForPeople) {
    Fixture f(logs::Format::Text);
    f.log.event(Event::Delivered, 77, {{"to", "ann@example.org"}, {"mailbox", "Maildir"}, {"attempt", 3}});
    f.log.event(Event::Connected, {{"client", "192.0.2.1"}, {"port", 4}, {"secure", false}});
    f.log.event(Event::ProcessDied, {{"role", "relay"}, {"index", 1}, {"pid", 99}, {"reason", "signal 11"}});
    EXPECT_EQ(contents(f.lines.get()),
              "2026-01-02T03:04:05.678Z smtpd/0     000000000002D delivered to <ann@example.org> in Maildir\n"
              "2026-01-02T03:04:05.678Z smtpd/0                   connection from 192.0.2.1 secure=false\n"
              "2026-01-02T03:04:05.678Z smtpd/0                   ALERT: relay/1, pid 99, died: signal 11\n");
}

TEST(Log, WritesJsonForPrograms) {
    Fixture f(logs::Format::Json);
    f.log.event(Event::Accepted, 1,
                {{"from", "a\"b\\c@x"}, {"size", 10}, {"recipients", std::uint64_t{2}}, {"utf8", true}});
    f.log.event(Event::Warning, {{"reason", "low"}});
    const std::string want =
        R"({"time":"2026-01-02T03:04:05.678Z","event":"accepted","id":"0000000000001","from":"a\"b\\\\c@x","size":10,"recipients":2,"utf8":true,"process":"smtpd/0"})"
        "\n"
        R"({"time":"2026-01-02T03:04:05.678Z","event":"warning","reason":"low","severity":"warning","process":"smtpd/0"})"
        "\n";
    EXPECT_EQ(contents(f.lines.get()), want);
    EXPECT_EQ(contents(f.events.get()), want);
}

// What a client or another server says must not become a line, a terminal's command or a key of its own.
TEST(Log, EscapesWhatComesFromOutside) {
    for (const auto format : {logs::Format::Text, logs::Format::Json, logs::Format::Qmail}) {
        Fixture f(format);
        f.log.event(Event::AttemptStarted, 5, {{"to", "x\n\x1b]0;y\x07\xff@e"}, {"attempt", 1}, {"recipient", 0}});
        f.log.event(
            Event::Deferred, 5,
            {{"to", "x"}, {"reply", "450 a\r\nnew msg 6\x80"}, {"attempt", 1}, {"recipient", 0}, {"remote", "h\n"}});
        const std::string text = contents(f.lines.get()) + contents(f.events.get());
        for (const char c : text) EXPECT_TRUE(c == '\n' || (c >= ' ' && c <= '~')) << int(c);
        EXPECT_THAT(text, testing::Not(HasSubstr("\nnew msg 6")));
    }
}

TEST(Log, WritesTimesAsTimes) {
    Fixture f(logs::Format::Text);
    f.log.event(Event::Deferred, 5, {{"to", "x@y"}, {"reply", "450 no"}, {"due", f.clock.now + 60'000}});
    EXPECT_THAT(contents(f.lines.get()), HasSubstr("<x@y> must wait until 2026-01-02T03:05:05.678Z: 450 no"));
    EXPECT_THAT(contents(f.events.get()), HasSubstr(R"("due":"2026-01-02T03:05:05.678Z")"));
}

TEST(Log, CutsEndlessValues) {
    Fixture f(logs::Format::Text);
    f.log.event(Event::Warning, {{"reason", std::string(1'000'000, 'x')}});
    EXPECT_LT(contents(f.lines.get()).size(), 2200u);
}

// The grammar of qmail-send and tcpserver, line for line.
TEST(Log, SpeaksQmail) {
    Fixture f(logs::Format::Qmail);
    f.log.event(Event::Connected, {{"client", "192.0.2.1"}, {"port", 4000}, {"local", "198.51.100.1:25"}});
    f.log.event(Event::Rejected, {{"port", 4000},
                                  {"phase", "RCPT"},
                                  {"client", "192.0.2.1"},
                                  {"helo", "h"},
                                  {"protocol", "ESMTP"},
                                  {"from", "a@x"},
                                  {"to", "b@y"},
                                  {"code", 550},
                                  {"reason", "5.7.1 no relaying"}});
    f.log.event(Event::Accepted, 33, {{"from", "a@x"}, {"size", 1234}, {"recipients", 2}});
    f.log.event(Event::AttemptStarted, 33, {{"to", "b@y"}, {"transport", "remote"}, {"attempt", 2}, {"recipient", 0}});
    f.log.event(Event::AttemptStarted, 33, {{"to", "c@z"}, {"transport", "local"}, {"attempt", 3}, {"recipient", 1}});
    f.log.event(Event::Relayed, 33,
                {{"to", "b@y"},
                 {"remote", "mx.y[203.0.113.9]:25"},
                 {"reply", "250 2.0.0 ok"},
                 {"attempt", 2},
                 {"recipient", 0}});
    f.log.event(Event::Deferred, 33, {{"to", "c@z"}, {"reply", "452 4.2.2 full"}, {"attempt", 3}, {"recipient", 1}});
    f.log.event(Event::Failed, 33, {{"to", "d@z"}, {"reply", "never tried"}});
    f.log.event(Event::Removed, 33, {});
    f.log.event(Event::Disconnected, {{"port", 4000}, {"client", "192.0.2.1"}});
    f.log.event(Event::Alert, {{"reason", "disk on fire"}});
    const std::string pid = std::to_string(::getpid());
    EXPECT_EQ(contents(f.lines.get()),
              "tcpserver: status: 1/40\n"
              "tcpserver: pid 4000 from 192.0.2.1\n"
              "tcpserver: ok 4000 mx.l.test:198.51.100.1:25 :192.0.2.1::4000\n"
              "qmail-smtpd: pid 4000 Reject::RCPT::Invalid_Relay S:192.0.2.1: P:ESMTP H:h F:a@x T:b@y\n"
              "new msg 33\n"
              "info msg 33: bytes 1234 from <a@x> qp " +
                  pid +
                  " uid 0\n"
                  "starting delivery 128: msg 33 to remote b@y\n"
                  "status: local 0/10 remote 1/20\n"
                  "starting delivery 193: msg 33 to local c@z\n"
                  "status: local 1/10 remote 1/20\n"
                  "delivery 128: success: 203.0.113.9_accepted_message./Remote_host_said:_250_2.0.0_ok/\n"
                  "status: local 1/10 remote 0/20\n"
                  "delivery 193: deferral: 452_4.2.2_full/\n"
                  "status: local 0/10 remote 0/20\n"
                  "end msg 33\n"
                  "tcpserver: end 4000 status 0\n"
                  "tcpserver: status: 0/40\n"
                  "alert: disk on fire\n");
}

// Every start has one end, of the same number and kind; what was never tried has none.
TEST(Log, TiesQmailsDeliveriesTogether) {
    struct Case {
        Event event;
        std::string_view transport;
        std::string_view remote;
        std::string want;
    };
    const std::string too_long = "I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long./";
    const std::string disliked =
        "203.0.113.9_does_not_like_recipient./Remote_host_said:_the_reply/"
        "Giving_up_on_203.0.113.9./";
    const Case cases[] = {
        {Event::Delivered, "local", "", "success: did_1+0+0/"},
        {Event::Relayed, "remote", "mx.y[203.0.113.9]:25",
         "success: 203.0.113.9_accepted_message./Remote_host_said:_the_reply/"},
        {Event::Deferred, "local", "", "deferral: the_reply/"},
        {Event::Deferred, "remote", "", "deferral: the_reply/"},
        {Event::Deferred, "remote", "mx.y[203.0.113.9]:25", "deferral: " + disliked},
        {Event::Failed, "local", "", "failure: the_reply/"},
        {Event::Failed, "remote", "mx.y[203.0.113.9]:25", "failure: " + disliked},
        {Event::Expired, "local", "", "failure: the_reply/" + too_long},
        {Event::Expired, "remote", "mx.y[203.0.113.9]:25", "failure: " + disliked + too_long},
    };
    for (const auto& [event, transport, remote, want] : cases) {
        SCOPED_TRACE(want);
        Fixture f(logs::Format::Qmail);
        f.log.event(event, 33, {{"to", "b@y"}, {"reply", "not tried"}, {"attempt", 0}});
        f.log.event(Event::AttemptStarted, 33, {{"to", "other"}, {"transport", "local"}, {"attempt", 1}});
        f.log.event(Event::AttemptStarted, 33, {{"to", "other"}, {"transport", "remote"}, {"attempt", 2}});
        f.log.event(Event::AttemptStarted, 33,
                    {{"to", "b@y"}, {"transport", transport}, {"attempt", 3}, {"recipient", 5}});
        f.log.event(event, 33,
                    {{"to", "b@y"}, {"attempt", 3}, {"recipient", 5}, {"remote", remote}, {"reply", "the reply"}});
        f.log.event(event, 33, {{"to", "b@y"}, {"attempt", 9}, {"reply", "begun before this log"}});
        const std::string text = contents(f.lines.get());
        EXPECT_THAT(text, HasSubstr("starting delivery 197: msg 33 to " + std::string(transport) + " b@y\n"));
        EXPECT_THAT(text, HasSubstr("delivery 197: " + want + "\nstatus: local 1/10 remote 1/20\n"));
        EXPECT_TRUE(text.ends_with("status: local 1/10 remote 1/20\n")) << text;
        EXPECT_EQ(text.find("not_tried"), text.npos);
    }
}

TEST(Log, CountsThings) {
    Fixture f(logs::Format::Text);
    f.log.event(Event::SpoolRecovered, {{"messages", 1}});
    f.log.event(Event::SpoolRecovered, {{"messages", 21}});
    f.log.event(Event::Accepted, 33, {{"from", "a@x"}, {"size", 1}, {"recipients", 2}});
    const std::string text = contents(f.lines.get());
    EXPECT_THAT(text, HasSubstr(" 1 message in the queue\n"));
    EXPECT_THAT(text, HasSubstr(" 21 messages in the queue\n"));
    EXPECT_THAT(text, HasSubstr("accepted from <a@x>, 1 octet, 2 recipients\n"));
}

TEST(Log, StampsQmailLinesAsMultilogDoes) {
    Fixture f(logs::Format::Qmail, /*stamps=*/true);
    f.log.event(Event::Removed, 1, {});
    EXPECT_EQ(contents(f.lines.get()), "@40000000695735af28697580 end msg 1\n") << "see tai64nlocal(1)";
}

TEST(Log, LeavesAtTheEndOfTheTurn) {
    FixedClock clock;
    file::Descriptor lines(::memfd_create("log", 0));
    int scheduled = 0;
    logs::Log log(clock, {}, {file::Descriptor(::dup(lines.get())), {}}, [&] { ++scheduled; });
    log.event(Event::Stopped, {});
    log.event(Event::Stopped, {});
    EXPECT_EQ(scheduled, 1);
    EXPECT_EQ(contents(lines.get()), "");
    log.flush();
    EXPECT_THAT(contents(lines.get()), HasSubstr("stopped"));
    log.event(Event::Stopped, {});
    EXPECT_EQ(scheduled, 2);
}

// Mail flows when nobody takes the log; what is lost is counted, and told once there is room.
TEST(Log, NeverWaitsForAReaderThatSleeps) {
    for (const bool is_socket : {true, false}) {
        int ends[2];
        ASSERT_EQ(is_socket ? ::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : ::pipe(ends), 0);
        file::Descriptor reader(ends[0]);
        FixedClock clock;
        logs::Log log(clock, {}, {file::Descriptor(ends[1]), {}});
        const std::string reason(2000, 'r');
        for (int i = 0; i < 2000; ++i) log.event(Event::Warning, {{"reason", reason}});
        EXPECT_GT(log.dropped(), 0u);

        ASSERT_EQ(::fcntl(reader.get(), F_SETFL, O_NONBLOCK), 0);
        std::string read;
        char block[65'536];
        for (int turn = 0; turn < 200; ++turn) {
            for (ssize_t got; (got = ::read(reader.get(), block, sizeof block)) > 0;)
                read.append(block, static_cast<std::size_t>(got));
            log.flush();
        }
        EXPECT_TRUE(read.ends_with(std::to_string(log.dropped()) + " lines of this log could not be written\n"));
        std::size_t start = 0;  // nothing torn: each line is whole
        for (std::size_t end; (end = read.find('\n', start)) != std::string::npos; start = end + 1)
            EXPECT_EQ(read.substr(start, 11), "2026-01-02T");
    }
}

TEST(Log, SurvivesAFullDisk) {
    FixedClock clock;
    logs::Log log(clock, {}, {file::Descriptor(::open("/dev/full", O_WRONLY)), {}});
    for (int i = 0; i < 20'000; ++i)
        log.event(Event::Warning, {{"reason", "0123456789012345678901234567890123456789"}});
    EXPECT_GT(log.dropped(), 0u);
    file::Descriptor fresh(::memfd_create("log", 0));
    log.replace(logs::Outputs{file::Descriptor(::dup(fresh.get())), {}});
    log.flush();
    EXPECT_TRUE(contents(fresh.get()).ends_with("lines of this log could not be written\n"));
}

TEST(Log, KnowsEachEventsNameOnce) {
    for (const auto& one : logs::vocabulary)
        for (const auto& other : logs::vocabulary) EXPECT_TRUE(one.event == other.event || one.name != other.name);
}

}  // namespace
