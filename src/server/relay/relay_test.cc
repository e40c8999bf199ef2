#include "relay/relay.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/post.hpp>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "dns/table.h"
#include "lang/verify.h"
#include "process/wire.h"
#include "relay/orders.h"
#include "relay/testing/scripted_server.h"

namespace relay {
namespace {

using qmgr::Status;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using testing::Script;

constexpr const char* zone = R"(
{"name": "example.org", "type": "MX", "data": "10 mx1.example.org"}
{"name": "example.org", "type": "MX", "data": "20 mx2.example.org"}
{"name": "mx1.example.org", "type": "A", "data": "192.0.2.1"}
{"name": "mx2.example.org", "type": "A", "data": "192.0.2.2"}
{"name": "null.example", "type": "MX", "data": "0 ."}
{"name": "loop.example", "type": "MX", "data": "0 mail.test"}
{"name": "mail.test", "type": "A", "data": "192.0.2.9"}
{"name": "broken.example", "type": "*", "rcode": "SERVFAIL"}
)";

class RelayTest : public ::testing::Test {
protected:
    RelayTest() { config.hostname = "mail.test"; }

    /// An attempt with recipients a@, b@… of example.org.
    Attempt attempt(std::uint64_t number, std::string destination, std::size_t recipients = 1,
                    std::string octets = "Subject: x\r\n\r\nhello\r\n") {
        Attempt made;
        made.attempt = number;
        made.destination = std::move(destination);
        made.envelope.reverse_path = "sender@mail.test";
        for (std::size_t i = 0; i < recipients; ++i)
            made.envelope.recipients.push_back({std::string(1, static_cast<char>('a' + i)) + "@example.org", {}, 0});
        made.size = octets.size();
        made.octets = std::move(octets);
        return made;
    }

    void run() {
        context.restart();
        context.poll();
    }
    void send(Attempt order) {
        relay.on(std::move(order));
        run();
    }
    void pass(std::chrono::milliseconds time) {
        clock.now += time;
        relay.tick();
        run();
    }
    const qmgr::RecipientOutcome& only() {
        EXPECT_EQ(done.size(), 1u);
        EXPECT_EQ(done.back().recipients.size(), 1u);
        return done.back().recipients.front();
    }
    testing::Record& server(std::size_t index = 0) {
        return (*std::next(network.servers.begin(), static_cast<long>(index)))->record;
    }

    /// Called for every search for a route; more than a few mean that it goes on for ever.
    std::uint64_t search() {
        VERIFY(++searches < 1000);
        return 1;
    }

    boost::asio::io_context context;
    Config config;
    int searches = 0;
    testing::FakeClock clock;
    resolver::TableResolver resolver{*dns::parse_table(zone)};
    testing::ScriptedNetwork network{context};
    Means means{.resolver = resolver,
                .connector = network,
                .clock = clock,
                .random = [this] { return search(); },
                .config = config};
    std::vector<qmgr::AttemptDone> done;
    Relay relay{context, means, [this](qmgr::AttemptDone outcome) { done.push_back(std::move(outcome)); }};
    const std::string there = "smtp:192.0.2.1:25";
    const std::string place = "[192.0.2.1]:25";
};

// RFC 5321 §3.3: one transaction, and who took it is said.
TEST_F(RelayTest, HandsAMessageOver) {
    network.scripts[place] = {};
    send(attempt(7, there, 2, "Subject: x\r\n\r\n.dot\r\n"));
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].attempt, 7u);
    EXPECT_EQ(done[0].destination, qmgr::Destination::Fine);
    ASSERT_EQ(done[0].recipients.size(), 2u);
    EXPECT_EQ(done[0].recipients[1].status, Status::Relayed);
    EXPECT_EQ(done[0].recipients[1].remote, place);
    EXPECT_EQ(done[0].recipients[1].reply, smtp::Reply(250, "2.0.0", "taken"));
    EXPECT_THAT(server().messages, ElementsAre("Subject: x\r\n\r\n..dot\r\n"));  // §4.5.2
    EXPECT_THAT(server().commands, ElementsAre("EHLO mail.test", "MAIL FROM:<sender@mail.test>",
                                               "RCPT TO:<a@example.org>", "RCPT TO:<b@example.org>", "DATA"));
}

// An idle connection takes the next message, and ends with QUIT (RFC 5321 §4.1.1.10) when there is none for a while.
TEST_F(RelayTest, KeepsAConnectionForAMoment) {
    network.scripts[place] = {};
    send(attempt(1, there));
    pass(std::chrono::milliseconds(500));
    send(attempt(2, there));
    EXPECT_EQ(done.size(), 2u);
    EXPECT_EQ(network.servers.size(), 1u);
    EXPECT_FALSE(server().is_over);
    pass(config.relay.idle_timeout);
    EXPECT_EQ(server().commands.back(), "QUIT");
    EXPECT_TRUE(server().is_over);
    EXPECT_EQ(relay.connections(), 0u);
    pass(std::chrono::milliseconds(1));
    EXPECT_FALSE(relay.is_busy());
}

// RFC 2920 §3.1: the end of a message and the next one's commands travel together.
TEST_F(RelayTest, PipelinesAcrossMessages) {
    network.scripts[place] = {};
    relay.on(Connections{there, 1});
    for (std::uint64_t i = 1; i <= 100; ++i) relay.on(attempt(i, there));
    run();
    EXPECT_EQ(done.size(), 100u);
    EXPECT_EQ(network.servers.size(), 1u);
    EXPECT_EQ(server().messages.size(), 100u);
    EXPECT_LE(server().reads, 104u);  // EHLO, the first commands, then one for each message
}

TEST_F(RelayTest, WaitsForEachReplyWithoutPipelining) {
    network.scripts[place] = {.extensions = {}};
    relay.on(Connections{there, 1});
    for (std::uint64_t i = 1; i <= 3; ++i) relay.on(attempt(i, there));
    run();
    EXPECT_EQ(done.size(), 3u);
    EXPECT_EQ(server().reads, 1u + 3 * 4);
}

// RFC 3030: with CHUNKING and PIPELINING nothing waits for 354.
TEST_F(RelayTest, SendsSmallMessagesByBdat) {
    network.scripts[place] = {.extensions = {"PIPELINING", "CHUNKING"}};
    send(attempt(1, there, 1, "Subject: x\r\n\r\n.dot\nbare\r\n"));
    EXPECT_EQ(only().status, Status::Relayed);
    EXPECT_THAT(server().messages, ElementsAre("Subject: x\r\n\r\n.dot\r\nbare\r\n"));
    EXPECT_EQ(server().commands.back(), "BDAT 26 LAST");
}

TEST_F(RelayTest, SpeaksLmtp) {
    network.scripts["[192.0.2.1]:24"] = {};
    network.scripts["[192.0.2.1]:24"].replies["RCPT TO:<b@"] = "550 5.1.1 nobody\r\n";
    send(attempt(1, "lmtp:192.0.2.1:24", 3));
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(done[0].recipients[0].status, Status::Relayed);
    EXPECT_EQ(done[0].recipients[1].status, Status::Failed);
    EXPECT_EQ(done[0].recipients[2].status, Status::Relayed);
    EXPECT_EQ(server().commands.front(), "LHLO mail.test");
}

// §4.2.1: what each server says decides: what is no reply is temporary.
TEST_F(RelayTest, ClassifiesReplies) {
    struct Case {
        std::string command, reply;
        Status status;
        std::string text;
        qmgr::Destination destination = qmgr::Destination::Fine;
    };
    const Case cases[] = {
        {"RCPT", "550 5.1.1 nobody\r\n", Status::Failed, "nobody"},
        {"RCPT", "450 4.2.0 greylisted\r\n", Status::Deferred, "greylisted"},
        {"MAIL", "550 5.7.1 not you\r\n", Status::Failed, "not you"},
        {"MAIL", "421 4.3.2 too busy\r\n", Status::Deferred, "too busy", qmgr::Destination::Busy},
        {"DATA", "451 4.3.0 disk\r\n", Status::Deferred, "disk"},
        {".", "554 5.7.1 spam\r\n", Status::Failed, "spam"},
        {".", "452 4.3.1 full\r\n", Status::Deferred, "full"},
        {".", testing::hang_up, Status::Deferred, "possible duplicate"},
        {"RCPT", "2x0 nonsense\r\n", Status::Deferred, "does not speak SMTP"},
        {"RCPT", std::string(100'000, 'x') + "\r\n", Status::Deferred, "too long"},
        {"RCPT",
         [] {
             std::string flood;
             for (int i = 0; i < 10'000; ++i) flood += "250-more\r\n";
             return flood;
         }(),
         Status::Deferred, "too long"},
        {"MAIL", testing::hang_up, Status::Deferred, "Lost the connection"},
    };
    for (const auto& [command, reply, status, text, destination] : cases) {
        SCOPED_TRACE(command + " " + reply.substr(0, 40));
        network.scripts[place] = {.replies = {{command, reply}}};
        done.clear();
        send(attempt(1, there));
        EXPECT_EQ(only().status, status);
        EXPECT_THAT(only().reply.text, HasSubstr(text));
        EXPECT_LE(only().reply.text.size(), longest_kept_reply + 100);
        EXPECT_EQ(done.back().destination, destination);
        pass(std::chrono::minutes(2));
    }
}

// RFC 5321 §5.1: the next exchanger when one cannot be reached or will not talk.
TEST_F(RelayTest, TriesTheNextExchanger) {
    const std::string second = "mx2.example.org[192.0.2.2]:25";
    for (const auto& greeting : {std::string(), std::string("421 4.7.0 later\r\n"),
                                 std::string("554 5.7.1 go away\r\n"), std::string("not SMTP\r\n")}) {
        SCOPED_TRACE(greeting);
        network.scripts.clear();
        network.scripts[second] = {};
        if (!greeting.empty()) network.scripts["mx1.example.org[192.0.2.1]:25"] = {.greeting = greeting};
        done.clear();
        send(attempt(1, "mx:example.org"));
        EXPECT_EQ(only().status, Status::Relayed);
        EXPECT_EQ(only().remote, second);
        pass(std::chrono::minutes(2));
    }
}

TEST_F(RelayTest, TriesTheExchangerThatFailedAMomentAgoLast) {
    network.scripts["mx2.example.org[192.0.2.2]:25"] = {};
    send(attempt(1, "mx:example.org"));
    pass(std::chrono::seconds(5));  // the connection has ended
    network.calls.clear();
    send(attempt(2, "mx:example.org"));
    EXPECT_EQ(network.calls.front(), "mx2.example.org[192.0.2.2]:25");
    pass(RecentFailures::remembered + std::chrono::seconds(5));
    network.calls.clear();
    send(attempt(3, "mx:example.org"));
    EXPECT_EQ(network.calls.front(), "mx1.example.org[192.0.2.1]:25");
}

TEST_F(RelayTest, SaysWhomItCouldNotReach) {
    relay.on(attempt(1, "mx:example.org"));
    relay.on(attempt(2, "mx:example.org", 2));
    run();
    ASSERT_EQ(done.size(), 2u);
    EXPECT_EQ(done[1].destination, qmgr::Destination::Unreachable);
    ASSERT_EQ(done[1].recipients.size(), 2u);
    const auto& outcome = done[1].recipients[1];
    EXPECT_EQ(outcome.status, Status::Deferred);
    EXPECT_EQ(outcome.reply.enhanced, "4.4.1");
    EXPECT_EQ(outcome.reply.text,
              "No connection: mx1.example.org[192.0.2.1]:25: Connection refused; "
              "mx2.example.org[192.0.2.2]:25: Connection refused");
    EXPECT_EQ(outcome.remote, "");
}

TEST_F(RelayTest, SaysWhoRefusedTheSession) {
    struct Case {
        std::string reply;
        bool is_greeting;
        Status status;
        qmgr::Destination destination;
        std::uint16_t code;
        std::string enhanced;
    };
    const Case cases[] = {
        {"421 4.7.0 too many connections\r\n", true, Status::Deferred, qmgr::Destination::Busy, 421, "4.7.0"},
        {"554 go away\r\n", true, Status::Deferred, qmgr::Destination::Busy, 451, "4.3.2"},
        {"521 no mail here\r\n", true, Status::Failed, qmgr::Destination::Fine, 521, "5.3.2"},  // RFC 7504 §3
        {"450 4.3.2 not now\r\n", false, Status::Deferred, qmgr::Destination::Busy, 450, "4.3.2"},
    };
    for (const auto& [reply, is_greeting, status, destination, code, enhanced] : cases) {
        SCOPED_TRACE(reply);
        network.scripts[place] = is_greeting ? Script{.greeting = reply} : Script{.replies = {{"EHLO", reply}}};
        done.clear();
        send(attempt(1, there));
        EXPECT_EQ(only().status, status);
        EXPECT_EQ(only().reply.code, code);
        EXPECT_EQ(only().reply.enhanced, enhanced);
        EXPECT_EQ(only().remote, place);
        EXPECT_EQ(done.back().destination, destination);
        pass(std::chrono::minutes(2));
    }
}

// RFC 5321 §5.1, RFC 7505, RFC 3463
TEST_F(RelayTest, FindsNoRoute) {
    struct Case {
        std::string destination;
        Status status;
        std::string enhanced;
    };
    const Case cases[] = {
        {"mx:nowhere.example", Status::Failed, "5.1.2"},
        {"mx:null.example", Status::Failed, "5.1.10"},
        {"mx:loop.example", Status::Failed, "5.4.6"},
        {"mx:broken.example", Status::Deferred, "4.4.3"},
        {"smtp:nowhere.example:25", Status::Deferred, "4.4.4"},
        {"smtp:broken.example:25", Status::Deferred, "4.4.3"},
        {"nonsense", Status::Deferred, "4.3.5"},
    };
    for (const auto& [destination, status, enhanced] : cases) {
        SCOPED_TRACE(destination);
        done.clear();
        send(attempt(1, destination));
        EXPECT_EQ(only().status, status);
        EXPECT_EQ(only().reply.enhanced, enhanced);
        done.clear();
        boost::asio::post(context, [this, order = attempt(2, destination)]() mutable { relay.on(std::move(order)); });
        run();  // as in the process, where orders come from inside the loop and an answer may be there at once
        EXPECT_EQ(only().status, status);
    }
    EXPECT_TRUE(network.calls.empty());
}

// a server that never speaks is timed out, and the next one is tried.
TEST_F(RelayTest, GivesUpOnASilentServer) {
    network.scripts["mx1.example.org[192.0.2.1]:25"] = {.greeting = ""};
    network.scripts["mx2.example.org[192.0.2.2]:25"] = {};
    send(attempt(1, "mx:example.org"));
    EXPECT_TRUE(done.empty());
    network.servers.front()->interrupt(net::Gone::Why::TimedOut);
    run();
    EXPECT_EQ(only().status, Status::Relayed);
}

// replies may come an octet at a time, but not for ever.
TEST_F(RelayTest, ReadsRepliesInAnyPieces) {
    network.scripts[place] = {.octets_at_a_time = 1};
    for (std::uint64_t i = 1; i <= 5; ++i) relay.on(attempt(i, there));
    run();
    EXPECT_EQ(done.size(), 5u);
    for (const auto& outcome : done) EXPECT_EQ(outcome.recipients[0].status, Status::Relayed);
}

// RFC 5321 §3.8: 421 at any time. What was not begun is tried on another connection, at no cost.
TEST_F(RelayTest, TakesTheRestElsewhereWhenAConnectionEnds) {
    network.scripts[place] = {.extensions = {"PIPELINING", "LIMITS MAILMAX=3"}};
    relay.on(Connections{there, 1});
    for (std::uint64_t i = 1; i <= 10; ++i) relay.on(attempt(i, there));
    run();
    EXPECT_EQ(done.size(), 10u);
    for (const auto& outcome : done) EXPECT_EQ(outcome.recipients[0].status, Status::Relayed);
    EXPECT_EQ(network.servers.size(), 4u);
}

// RFC 9422: recipients beyond the server's limit go in a transaction of their own; one outcome all the same.
TEST_F(RelayTest, ReportsOnceForSeveralTransactions) {
    network.scripts[place] = {.extensions = {"PIPELINING", "LIMITS RCPTMAX=2"}};
    send(attempt(1, there, 5));
    ASSERT_EQ(done.size(), 1u);
    ASSERT_EQ(done[0].recipients.size(), 5u);
    for (const auto& outcome : done[0].recipients) EXPECT_EQ(outcome.status, Status::Relayed);
    EXPECT_EQ(server().messages.size(), 3u);
}

TEST_F(RelayTest, OpensConnectionsAsWorkPilesUp) {
    network.scripts[place] = {.replies = {{".", testing::silence}}};
    relay.on(Connections{there, 6});
    for (std::uint64_t i = 1; i <= 30; ++i) relay.on(attempt(i, there));
    EXPECT_LE(relay.connections(), 5u);
    run();
    pass(tick_interval);
    EXPECT_EQ(relay.connections(), 6u);
    for (const auto& held : network.servers) held->hang_up_now();
    for (int i = 0; i < 20; ++i) {
        for (const auto& held : network.servers) held->hang_up_now();
        pass(tick_interval);
    }
    EXPECT_EQ(done.size(), 30u);
}

// A server that allows three connections gets three, and nobody's mail is deferred for it.
TEST_F(RelayTest, AcceptsTheServersLimitOfConnections) {
    network.scripts[place] = {};
    network.most_connections = 3;
    for (std::uint64_t i = 1; i <= 200; ++i) relay.on(attempt(i, there));
    run();
    pass(tick_interval);
    EXPECT_EQ(done.size(), 200u);
    for (const auto& outcome : done) EXPECT_EQ(outcome.recipients[0].status, Status::Relayed);
}

TEST_F(RelayTest, StopsInGoodOrder) {
    network.scripts[place] = {.replies = {{".", testing::silence}}};
    relay.on(Connections{there, 1});
    for (std::uint64_t i = 1; i <= 9; ++i) relay.on(attempt(i, there));
    run();
    relay.stop();
    run();
    ASSERT_GE(done.size(), 5u);
    EXPECT_LT(done.size(), 9u);
    for (const auto& outcome : done) EXPECT_FALSE(outcome.was_begun) << "given back, and no attempt counted";
    send(attempt(10, there));
    EXPECT_EQ(done.back().attempt, 10u);
    EXPECT_FALSE(done.back().was_begun);
    EXPECT_TRUE(relay.is_sending());
    relay.abandon();
    run();
    EXPECT_EQ(done.size(), 10u);
    EXPECT_FALSE(relay.is_sending());
    EXPECT_FALSE(relay.is_conversing());
    pass(tick_interval);
    EXPECT_FALSE(relay.is_busy());
}

// No attempt hangs on a connection that is still being made: nobody waits for it.
TEST_F(RelayTest, AtTheEndNobodyWaitsForAConnectionBeingMade) {
    network.scripts[place] = {.greeting = ""};
    send(attempt(1, there));
    EXPECT_TRUE(relay.is_sending());
    relay.stop();
    run();
    ASSERT_EQ(done.size(), 1u);
    EXPECT_FALSE(done[0].was_begun);
    EXPECT_FALSE(relay.is_sending());
    EXPECT_FALSE(relay.is_conversing());
    EXPECT_EQ(relay.connections(), 1u);
}

// A new qmgr numbers its attempts anew: what the old one ordered must not be taken for its own.
TEST_F(RelayTest, ForgetsTheAttemptsOfAQmgrThatDied) {
    network.scripts[place] = {.replies = {{".", testing::silence}}};
    relay.on(Connections{there, 1});
    for (std::uint64_t i = 1; i <= 9; ++i) relay.on(attempt(i, there));
    run();
    relay.forget_attempts();
    network.scripts[place] = {};
    run();
    pass(tick_interval);
    EXPECT_TRUE(done.empty());
    EXPECT_EQ(network.servers.size(), 1u) << "what was forgotten is sent by another connection";
    send(attempt(1, there));
    ASSERT_EQ(done.size(), 1u);
    EXPECT_EQ(only().status, Status::Relayed);
    EXPECT_EQ(server(1).messages.size(), 1u);
}

// master connects the successor of a qmgr that died; the end of the old connection may be noticed later.
TEST_F(RelayTest, ForgetsTheOldQmgrWhenTheNewOneIsThereFirst) {
    network.scripts[place] = {.replies = {{".", testing::silence}}};
    std::vector<qmgr::AttemptDone> heard;
    const auto connect = [&](Orders& orders) {
        int ends[2];
        EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
        orders.connect(file::Descriptor(ends[0]));
        return std::make_unique<ipc::Link<qmgr::FromRelay, FromQmgr>>(
            context, file::Descriptor(ends[1]),
            ipc::Link<qmgr::FromRelay, FromQmgr>::Handlers{
                .on_message =
                    [&](qmgr::FromRelay message) { heard.push_back(std::get<qmgr::AttemptDone>(std::move(message))); },
                .on_gone = [](const std::string&) {}});
    };
    Orders orders(context, relay);
    const auto old_qmgr = connect(orders);
    old_qmgr->send(attempt(1, there));
    run();
    ASSERT_EQ(network.servers.size(), 1u);
    const auto new_qmgr = connect(orders);
    run();
    EXPECT_TRUE(network.servers.front()->record.is_over);
    EXPECT_TRUE(heard.empty());
}

// A message that cannot be read in full is never sent in part: here it shrinks after it was looked through.
TEST_F(RelayTest, HangsUpRatherThanSendHalfAMessage) {
    network.scripts[place] = {};
    const std::string octets(200'000, 'x');
    auto order = attempt(1, there);
    order.octets.clear();
    order.size = octets.size();
    std::FILE* file = std::tmpfile();
    std::fwrite(octets.data(), 1, octets.size(), file);
    std::fflush(file);
    order.blob = file::Descriptor(::dup(::fileno(file)));
    relay.on(std::move(order));
    ASSERT_EQ(::ftruncate(::fileno(file), 150'000), 0);
    std::fclose(file);
    run();
    EXPECT_EQ(only().status, Status::Deferred);
    EXPECT_TRUE(server().is_over);
    EXPECT_TRUE(server().messages.empty());
}

// Servers that answer with what they should not. Whoever was not greeted by 220 and 250 hands over nothing, nothing is
// lost, and there is one outcome.
TEST_F(RelayTest, SurvivesServersThatAnswerWrongly) {
    const char* given = std::getenv("HERMOD_CONFORMANCE");
    const std::filesystem::path folder = given ? given : HERMOD_SOURCE "/../shared/conformance";
    const auto cases = folder / "smtp/fake-mail-server/testcases/smtp/others";
    if (!std::filesystem::is_directory(cases)) GTEST_SKIP() << cases << " is not there";
    const std::regex overridden(R"re("(\w+)": "((\d\d\d) [^"\\]*)\\r\\n")re");
    int seen = 0;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(cases)) {
        if (!entry.is_regular_file()) continue;
        SCOPED_TRACE(entry.path());
        std::ifstream file(entry.path());
        const std::string text{std::istreambuf_iterator<char>(file), {}};
        Script script;
        bool may_send = true;
        for (std::sregex_iterator at(text.begin(), text.end(), overridden), end; at != end; ++at, ++seen) {
            std::string command = (*at)[1];
            std::ranges::transform(command, command.begin(),
                                   [](char c) { return c >= 'a' ? static_cast<char>(c - 32) : c; });
            const std::string code = (*at)[3];
            if (command == "GREETING")
                script.greeting = (*at)[2].str() + "\r\n";
            else
                script.replies[command] = (*at)[2].str() + "\r\n";
            if (command == "GREETING") may_send &= code == "220";
            if (command == "EHLO") may_send &= code == "250" || code[0] == '5';
            if (command == "HELO") may_send &= code == "250";
        }
        network.scripts[place] = script;
        done.clear();
        send(attempt(1, there));
        EXPECT_EQ(only().status == Status::Relayed, may_send);
        pass(std::chrono::minutes(2));
        pass(std::chrono::minutes(2));
        EXPECT_FALSE(relay.is_busy());
    }
    EXPECT_GT(seen, 20);
}

TEST_F(RelayTest, DefersAMessageThatCannotBeRead) {
    auto order = attempt(1, there);
    order.octets.clear();
    order.size = 10;
    std::FILE* empty = std::tmpfile();
    order.blob = file::Descriptor(::dup(::fileno(empty)));
    std::fclose(empty);
    send(std::move(order));
    EXPECT_EQ(only().reply.enhanced, "4.3.0");
}

TEST_F(RelayTest, SendsAMessageFromAFile) {
    network.scripts[place] = {};
    std::string octets = "Subject: big\r\n\r\n";
    while (octets.size() < 300'000) octets += "a line of text that is neither short nor long\r\n";
    for (const auto size : {octets.size(), octets.size() + 1}) {
        SCOPED_TRACE(size);
        auto order = attempt(1, there);
        order.octets.clear();
        order.size = size;
        std::FILE* file = std::tmpfile();
        std::fwrite(octets.data(), 1, octets.size(), file);
        std::fflush(file);
        order.blob = file::Descriptor(::dup(::fileno(file)));
        std::fclose(file);
        done.clear();
        send(std::move(order));
        const bool is_whole = size == octets.size();
        EXPECT_EQ(only().status, is_whole ? Status::Relayed : Status::Deferred);
        EXPECT_EQ(server().messages.size(), 1u);
        EXPECT_EQ(server().messages[0], octets);
        if (!is_whole) EXPECT_EQ(only().reply.enhanced, "4.3.0");
    }
}

class LoginTest : public RelayTest {
protected:
    LoginTest() {
        network.scripts[place] = {.extensions = {"PIPELINING", "AUTH PLAIN"},
                                  .replies = {{"AUTH", "235 2.7.0 welcome\r\n"}}};
        means.nonce = [] { return std::string("nonce"); };
        use({"ann", "bob"});
    }
    /// Routes by the same host in the clear; the password of each is his name backwards.
    void use(std::vector<std::string> users) {
        std::vector<process::Secret> files;
        site::Routes routes;
        for (auto& user : users) {
            files.push_back({static_cast<std::uint32_t>(files.size()),
                             process::memory_file(std::string(user.rbegin(), user.rend()) + "\n")});
            routes.push_back({.domain = user + ".example",
                              .next_hop = "192.0.2.1",
                              .username = user,
                              .password_file = "/" + user,
                              .login_in_clear = true});
        }
        EXPECT_THAT(means.credentials.use(std::move(routes), files), ElementsAre());
    }
};

// RFC 4954 §4, §5
TEST_F(LoginTest, LogsInBeforeTheFirstMessage) {
    send(attempt(1, there + " as ann"));
    send(attempt(2, there + " as ann"));
    EXPECT_EQ(done.size(), 2u);
    EXPECT_EQ(done[0].recipients[0].status, Status::Relayed);
    EXPECT_EQ(network.servers.size(), 1u);
    EXPECT_THAT(server().commands,
                ElementsAre("EHLO mail.test", "AUTH PLAIN AGFubgBubmE=", "MAIL FROM:<sender@mail.test> AUTH=<>",
                            "RCPT TO:<a@example.org>", "DATA", "MAIL FROM:<sender@mail.test> AUTH=<>",
                            "RCPT TO:<a@example.org>", "DATA"));
}

// No mail over a connection on which we are somebody else.
TEST_F(LoginTest, SharesConnectionsWithNobodyElse) {
    for (std::uint64_t i = 0; i < 30; ++i)
        relay.on(attempt(i, i % 3 == 0 ? there : there + (i % 3 == 1 ? " as ann" : " as bob"), 1,
                         i % 3 == 0   ? "Subject: nobody\r\n\r\n"
                         : i % 3 == 1 ? "Subject: ann\r\n\r\n"
                                      : "Subject: bob\r\n\r\n"));
    run();
    EXPECT_EQ(done.size(), 30u);
    std::size_t messages = 0;
    for (const auto& one : network.servers) {
        const auto& commands = one->record.commands;
        const bool is_ann = std::ranges::count(commands, "AUTH PLAIN AGFubgBubmE=") == 1;
        const bool is_bob = std::ranges::count(commands, "AUTH PLAIN AGJvYgBib2I=") == 1;
        EXPECT_FALSE(is_ann && is_bob);
        const std::string wanted = is_ann ? "Subject: ann" : is_bob ? "Subject: bob" : "Subject: nobody";
        for (const auto& message : one->record.messages) EXPECT_TRUE(message.starts_with(wanted)) << message;
        messages += one->record.messages.size();
    }
    EXPECT_EQ(messages, 30u);
}

// A password that is wrong must not return the queue: the mail waits, the destination rests, and nobody asks again and
// again, not even at the other addresses of that host.
TEST_F(LoginTest, DefersWhereThePasswordIsWrong) {
    network.scripts[place].replies["AUTH"] = "535 5.7.8 bad credentials\r\n";
    for (std::uint64_t i = 0; i < 5; ++i) relay.on(attempt(i, there + " as ann"));
    run();
    ASSERT_EQ(done.size(), 5u);
    for (const auto& one : done) {
        EXPECT_EQ(one.destination, qmgr::Destination::Unreachable);
        EXPECT_EQ(one.recipients[0].status, Status::Deferred);
        EXPECT_EQ(one.recipients[0].reply.code, 451);
        EXPECT_EQ(one.recipients[0].reply.enhanced, "4.7.8");
        EXPECT_EQ(one.recipients[0].reply.text,
                  "Logging in failed: [192.0.2.1]:25: The server refused our login as ann by PLAIN: 535 5.7.8 bad "
                  "credentials");
        EXPECT_EQ(one.recipients[0].remote, place);
    }
    EXPECT_EQ(network.servers.size(), 1u);
    EXPECT_THAT(server().commands, ElementsAre("EHLO mail.test", "AUTH PLAIN AGFubgBubmE=", "QUIT"));
    // The file is put right, and read again with the configuration.
    network.scripts[place].replies["AUTH"] = "235 2.7.0 welcome\r\n";
    use({"ann"});
    send(attempt(9, there + " as ann"));
    EXPECT_EQ(done.back().recipients[0].status, Status::Relayed);
}

TEST_F(LoginTest, DefersWhereItCannotLogIn) {
    network.scripts[place].replies["AUTH"] = "454 4.7.0 later\r\n";
    send(attempt(1, there + " as ann"));
    EXPECT_EQ(done.back().recipients[0].reply.enhanced, "4.7.0");
    network.scripts[place].replies["AUTH"] = testing::hang_up;
    send(attempt(2, there + " as ann"));
    EXPECT_EQ(done.back().recipients[0].status, Status::Deferred);
    network.scripts[place].extensions = {"PIPELINING"};
    send(attempt(3, there + " as ann"));
    EXPECT_THAT(done.back().recipients[0].reply.text, HasSubstr("does not offer AUTH"));
    const auto before = network.servers.size();
    send(attempt(4, there + " as eve"));
    EXPECT_EQ(done.back().recipients[0].status, Status::Deferred);
    EXPECT_THAT(done.back().recipients[0].reply.text, HasSubstr("there is no password to log in with"));
    EXPECT_EQ(network.servers.size(), before);
}

}  // namespace
}  // namespace relay
