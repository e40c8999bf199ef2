// A session against neighbours in the same event loop: what is asked of them, and what the client hears when they
// answer or die. What the words of a conversation mean is proved at pop3::Conversation.
#include "pop3d/session.h"

#include <gtest/gtest.h>
#include <sys/socket.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <optional>

#include "lang/overloaded.h"
#include "net/memory_stream.h"

namespace pop3d {
namespace {

struct Wires {
    file::Descriptor ours;
    file::Descriptor theirs;
};

Wires wires() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    return {file::Descriptor(ends[0]), file::Descriptor(ends[1])};
}

/// directory, reader and a worker in a nutshell: joe's password is "secret", and he has two messages.
class SessionTest : public testing::Test {
protected:
    SessionTest() {
        auto [ours, theirs] = wires();
        mailroom.connect(std::move(ours));
        reader.emplace(
            context, std::move(theirs),
            ReaderSide::Handlers{.on_message = [this](reader::FromPop3d asked) { open(std::get<reader::Open>(asked)); },
                                 .on_gone = [](const std::string&) {}});
        config.hostname = "mx.example.org";
        config.login.mechanisms = {sasl::Mechanism::ScramSha256, sasl::Mechanism::CramMd5, sasl::Mechanism::Plain};
        std::tie(server, client) = net::memory_streams(context);
    }

    bool begin(const directory::BeginLogin& asked) {
        begun.push_back(asked);
        if (!directory_is_there) return false;
        return reply({.ticket = asked.ticket, .outcome = directory::LoginStep::Outcome::Challenge, .octets = "who?"});
    }
    bool proceed(const directory::ContinueLogin& said) {
        if (said.response == "joe secret")
            return reply({.ticket = said.ticket,
                          .outcome = directory::LoginStep::Outcome::Success,
                          .account = "joe",
                          .key = {7, 8}});
        return reply({.ticket = said.ticket, .outcome = directory::LoginStep::Outcome::Rejected});
    }
    bool reply(directory::LoginStep step) {
        boost::asio::post(context, [this, step] { desk.take(step); });
        return true;
    }

    void open(const reader::Open& asked) {
        EXPECT_EQ(asked.key, (reader::Key{7, 8}));
        if (refusal != Opened::Refusal::None) return void(reader->send(Opened{asked.ticket, refusal, {}}));
        auto [ours, theirs] = wires();
        worker.emplace(context, std::move(ours),
                       WorkerSide::Handlers{.on_message = [this](reader::ToWorker asked_) { serve(asked_); },
                                            .on_gone = [this](const std::string&) { worker_is_gone = true; }});
        reader->send(Opened{asked.ticket, refusal, std::move(theirs)});
        worker->send(found);
    }

    void serve(const reader::ToWorker& asked) {
        if (worker_dies) return worker.reset();
        std::visit(Overloaded{[&](const reader::CountMessages&) { worker->send(Counted{2, 30}); },
                              [&](const reader::Look&) { worker->send(Looked{pop3::Reach::Here, "10"}); },
                              [&](const reader::ListMessages& list) {
                                  if (list.from == 1)
                                      worker->send(Listed{"1 a\r\n", 2});
                                  else
                                      worker->send(Listed{"2 b\r\n", 0});
                              },
                              [&](const reader::Fetch&) { worker->send(Piece{pop3::Reach::Here, ".first\n", false}); },
                              [&](const reader::FetchMore&) {
                                  if (piece_fails)
                                      worker->send(Piece{});
                                  else
                                      worker->send(Piece{pop3::Reach::Here, "last", true});
                              },
                              [&](const reader::Mark&) { worker->send(Looked{pop3::Reach::Here, {}}); },
                              [&](const reader::UnmarkAll&) { worker->send(Counted{2, 30}); },
                              [&](const reader::Update&) { ++updates, worker->send(Updated{1, 0, 1, {}}); }},
                   asked);
    }

    std::string converse(std::string_view said) {
        if (!session) {
            session.emplace(*server,
                            Entrance{.client = ip::parse_endpoint("192.0.2.1:1024"), .tls = tls, .secure = nullptr},
                            Surroundings{config, desk, mailroom, acceptor, log});
            boost::asio::co_spawn(
                context,
                [](Session& it, bool& is_gone) -> net::Task<void> {
                    try {
                        co_await it.run();
                    } catch (const net::Gone&) {
                        is_gone = true;
                    }
                }(*session, is_gone),
                boost::asio::detached);
        }
        client->say(said);
        for (int turn = 0; turn < 100; ++turn) context.poll();
        return client->heard();
    }
    /// "joe secret", by a mechanism that does not bring the password.
    std::string log_in() {
        converse("AUTH CRAM-MD5\r\n");
        return converse("am9lIHNlY3JldA==\r\n");
    }

    void converse_nothing() {
        for (int turn = 0; turn < 100; ++turn) context.poll();
    }

    using ReaderSide = ipc::Link<reader::FromPop3d, FromReader>;
    using WorkerSide = ipc::Link<reader::ToWorker, FromWorker>;
    boost::asio::io_context context;
    const clocks::SystemClock clock;
    logs::Log log{clock, {}, {}, [] {}};
    Config config;
    login::Desk desk{{.begin = [this](const auto& asked) { return begin(asked); },
                      .proceed = [this](const auto& said) { return proceed(said); },
                      .abandon = [](const auto&) { return true; },
                      .may_send = [](const auto&) { return false; }}};
    Mailroom mailroom{context};
    encryption::Acceptor acceptor{context};
    std::optional<ReaderSide> reader;
    std::optional<WorkerSide> worker;
    std::vector<directory::BeginLogin> begun;
    Found found{.state = Found::State::Open, .messages = 2, .trouble = {}};
    Opened::Refusal refusal = Opened::Refusal::None;
    site::ListenTls tls = site::ListenTls::Off;
    bool directory_is_there = true;
    bool worker_dies = false, worker_is_gone = false, piece_fails = false, is_gone = false;
    int updates = 0;
    std::unique_ptr<net::MemoryStream> server, client;
    std::optional<Session> session;
};

// RFC 8314 §3: without TLS nothing is offered that brings the password.
TEST_F(SessionTest, OffersNoPasswordsInTheClear) {
    const auto heard = converse("CAPA\r\nUSER joe\r\nAUTH PLAIN AGpvZQBzZWNyZXQ=\r\n");
    EXPECT_EQ(heard.find("PLAIN"), std::string::npos) << heard;
    EXPECT_NE(heard.find("SASL SCRAM-SHA-256 CRAM-MD5\r\n"), std::string::npos) << heard;
    EXPECT_NE(heard.find("-ERR [AUTH]"), std::string::npos) << heard;
    EXPECT_TRUE(begun.empty());
}

TEST_F(SessionTest, PassesOnWhatAClientIsAsked) {
    EXPECT_NE(converse("AUTH CRAM-MD5\r\n").find("+ d2hvPw==\r\n"), std::string::npos);
    EXPECT_EQ(converse("eHg=\r\n"), "-ERR [AUTH] that is not right\r\n");
    ASSERT_EQ(begun.size(), 1u);
    EXPECT_EQ(begun[0].purpose, directory::Purpose::Pop3);
    EXPECT_EQ(begun[0].client, "192.0.2.1");
    EXPECT_FALSE(begun[0].is_encrypted);
    EXPECT_EQ(log_in(), "+OK 2 messages\r\n");
}

// RFC 1939 §7, by setting.
TEST_F(SessionTest, ApopTakesItsChallengeFromTheGreeting) {
    config.login.mechanisms.push_back(sasl::Mechanism::Apop);
    EXPECT_EQ(
        converse("AUTH\r\n"),
        "+OK mx.example.org POP3 server ready who?\r\n+OK mechanisms follow\r\nSCRAM-SHA-256\r\nCRAM-MD5\r\n.\r\n");
    ASSERT_EQ(begun.size(), 1u);
    EXPECT_EQ(begun[0].mechanism, "APOP");
    EXPECT_EQ(begun[0].purpose, directory::Purpose::Pop3);
    EXPECT_EQ(begun[0].client, "192.0.2.1");
    EXPECT_EQ(converse("AUTH CRAM-MD5\r\n*\r\n"), "+ d2hvPw==\r\n-ERR given up\r\n");
    EXPECT_EQ(converse("APOP joe secret\r\n"), "+OK 2 messages\r\n");
    EXPECT_EQ(converse("STAT\r\n"), "+OK 2 30\r\n");
}

// A client that does not wait for TLS shows what it makes of a challenge to everybody.
TEST_F(SessionTest, ThereIsNoChallengeWhereTlsComesFirst) {
    config.login.mechanisms.push_back(sasl::Mechanism::Apop);
    tls = site::ListenTls::Offered;
    EXPECT_EQ(converse("APOP joe secret\r\n"),
              "+OK mx.example.org POP3 server ready\r\n-ERR APOP is not offered here; use AUTH or USER\r\n");
    EXPECT_TRUE(begun.empty());
}

TEST_F(SessionTest, WithoutDirectoryThereIsAGreetingAllTheSame) {
    config.login.mechanisms.push_back(sasl::Mechanism::Apop);
    directory_is_there = false;
    EXPECT_EQ(converse("APOP joe secret\r\n"),
              "+OK mx.example.org POP3 server ready\r\n-ERR APOP is not offered here; use AUTH or USER\r\n");
}

TEST_F(SessionTest, ReadsAndDeletes) {
    log_in();
    EXPECT_EQ(converse("STAT\r\nLIST 1\r\nUIDL\r\n"), "+OK 2 30\r\n+OK 1 10\r\n+OK they follow\r\n1 a\r\n2 b\r\n.\r\n");
    EXPECT_EQ(converse("RETR 1\r\n"), "+OK here it is\r\n..first\r\nlast\r\n.\r\n");
    EXPECT_EQ(converse("TOP 1 0\r\n"), "+OK here it is\r\n..first\r\nlast\r\n.\r\n");
    EXPECT_EQ(updates, 0);
    EXPECT_EQ(converse("DELE 1\r\nQUIT\r\n"), "+OK deleted when you QUIT\r\n+OK goodbye; 1 messages left\r\n");
    EXPECT_EQ(updates, 1);
    EXPECT_EQ(session->retrieved(), 1u);
    EXPECT_EQ(session->deleted(), 1u);
    EXPECT_TRUE(worker_is_gone);
}

// RFC 1939 §6: a client that goes away has deleted nothing.
TEST_F(SessionTest, AClientThatGoesAwayHasDeletedNothing) {
    log_in();
    converse("DELE 1\r\n");
    client->close();
    converse("");
    EXPECT_TRUE(is_gone);
    session.reset();
    converse_nothing();
    EXPECT_TRUE(worker_is_gone);
    EXPECT_EQ(updates, 0);
}

// RFC 2449 §8.1.2, RFC 3206 §4
TEST_F(SessionTest, TellsWhyThereIsNoMailbox) {
    found.state = Found::State::InUse;
    EXPECT_TRUE(log_in().starts_with("-ERR [IN-USE]"));
    found.state = Found::State::Failing;
    EXPECT_TRUE(log_in().starts_with("-ERR [SYS/TEMP]"));
    found.state = Found::State::NoMailbox;
    EXPECT_TRUE(log_in().starts_with("-ERR [SYS/PERM]"));
    refusal = Opened::Refusal::Later;
    EXPECT_TRUE(log_in().starts_with("-ERR [SYS/TEMP]"));
    reader.reset();
    EXPECT_TRUE(log_in().starts_with("-ERR [SYS/TEMP]"));
}

TEST_F(SessionTest, AWorkerThatDiesEndsIt) {
    log_in();
    worker_dies = true;
    EXPECT_TRUE(converse("DELE 1\r\nQUIT\r\n").starts_with("-ERR [SYS/TEMP]"));
    EXPECT_EQ(updates, 0);
}

// Behind "+OK" nothing but the end can tell that something is missing.
TEST_F(SessionTest, AMessageThatBreaksOffEndsTheConnection) {
    log_in();
    piece_fails = true;
    EXPECT_EQ(converse("RETR 1\r\n").find("\r\n.\r\n"), std::string::npos);
    EXPECT_TRUE(is_gone);
}

// Hostile: a worker is its owner's, and says what it likes.
TEST_F(SessionTest, AWorkerThatSpeaksUnaskedEndsIt) {
    log_in();
    worker->send(Counted{9, 9});
    converse("");
    EXPECT_TRUE(converse("STAT\r\n").starts_with("-ERR [SYS/TEMP]"));
    EXPECT_EQ(converse("STAT\r\n"), "");
}

// RFC 1939 §3: ten minutes, of the whole line; until the login less.
TEST_F(SessionTest, GivesEachCommandOneDeadline) {
    using namespace std::chrono_literals;
    converse("CAPA\r\n");
    EXPECT_EQ(server->deadline(), 180s);
    server->set_deadline(17s);  // as if time had passed
    converse("CAPA\r\nNO");
    EXPECT_EQ(server->deadline(), 17s);
    converse("OP\r\n");
    log_in();
    EXPECT_EQ(server->deadline(), 600s);
    server->set_deadline(17s);
    converse("NO");
    EXPECT_EQ(server->deadline(), 17s);
    converse("OP\r\n");
    EXPECT_EQ(server->deadline(), 600s);
}

}  // namespace
}  // namespace pop3d
