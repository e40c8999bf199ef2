// A session against neighbours in the same event loop: what is asked of them, and what the client hears when they
// answer, refuse or die. What the octets of a conversation mean is proved at smtp::Receiver.
#include "smtpd/session.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>

#include "net/memory_stream.h"
#include "text/base64.h"

namespace {

using namespace std::chrono_literals;

struct Wires {
    file::Descriptor ours;
    file::Descriptor theirs;
};

Wires wires() {
    int ends[2];
    EXPECT_EQ(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends), 0);
    return {file::Descriptor(ends[0]), file::Descriptor(ends[1])};
}

/// Stands still unless it is moved.
struct StoppedClock final : clocks::Clock {
    clocks::Wall wall() const override { return clocks::Wall(std::chrono::hours(500'000)); }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now{std::chrono::milliseconds(0)};
};

/// directory and qmgr in a nutshell: mailboxes at example.org exist; messages are kept.
class Session : public testing::Test {
protected:
    Session() {
        auto [to_directory, at_directory] = wires();
        directory.connect(std::move(to_directory));
        directory_link.emplace(context, std::move(at_directory),
                               DirectoryLink::Handlers{.on_message = [this](auto question) { answer(question); },
                                                       .on_gone = [](const std::string&) {}});
        auto [to_qmgr, at_qmgr] = wires();
        queue.connect(std::move(to_qmgr));
        qmgr_link.emplace(context, std::move(at_qmgr),
                          QmgrLink::Handlers{.on_message = [this](auto message) { take(std::move(message)); },
                                             .on_gone = [](const std::string&) {}});
        config.hostname = "mx.example.org";
        std::tie(server, client) = net::memory_streams(context);
    }

    void answer(const directory::FromSmtpd& question) {
        std::visit([this](const auto& asked) { answer(asked); }, question);
    }

    /// Whoever says "good" is ann.
    void answer(const directory::BeginLogin& asked) {
        begun.push_back(asked);
        directory_link->send(directory::LoginStep{
            .ticket = asked.ticket, .outcome = directory::LoginStep::Outcome::Challenge, .octets = "who?"});
    }
    void answer(const directory::ContinueLogin& said) {
        using enum directory::LoginStep::Outcome;
        directory::LoginStep step{.ticket = said.ticket, .outcome = said.response == "good" ? Success : Rejected};
        if (said.response == "banned") step.outcome = Banned;
        if (step.outcome == Success) step.account = step.address = "ann@example.org", step.stamp = 7;
        directory_link->send(step);
    }
    void answer(const directory::AbandonLogin& left) { abandoned.push_back(left.exchange); }
    void answer(const directory::MaySend& asked) {
        senders.push_back(asked);
        const bool is_own =
            std::ranges::all_of(asked.addresses, [](const auto& address) { return address.starts_with("ann"); });
        smtp::Reply reply = is_own ? smtp::Reply(250, "2.1.0", "ok") : smtp::Reply(553, "5.7.1", "Not yours");
        if (asked.recipients > 2) reply = {452, "4.7.1", "Too many"};
        directory_link->send(directory::SenderVerdict{asked.ticket, reply});
    }

    void answer(const directory::LookUp& asked) {
        look_ups.push_back(asked);
        directory::Resolved resolved{.ticket = asked.ticket, .reply = {550, "5.1.1", "Nobody here"}, .recipients = {}};
        if (asked.address.ends_with("@example.org")) {
            resolved.reply = {250, "2.1.5", "Recipient accepted"};
            resolved.recipients.push_back({.smtp = {.address = asked.address, .original_recipient = {}, .notify = 0},
                                           .transport = spool::Transport::Local});
        }
        directory_link->send(resolved);
    }

    void take(qmgr::FromSmtpd message) {
        if (auto* open = std::get_if<qmgr::OpenBlob>(&message)) {
            blob = file::Descriptor(::open("/tmp", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
            smtpd::BlobOpened opened{.ticket = open->ticket, .file = {}};
            if (has_room) opened.file = file::Descriptor(::dup(blob.get()));
            qmgr_link->send(opened);
        } else if (auto* submission = std::get_if<qmgr::Submit>(&message)) {
            submitted.push_back(std::move(*submission));
            if (qmgr_dies)
                qmgr_link.reset();
            else if (refusal)
                qmgr_link->send(smtpd::Refused{submitted.back().ticket, *refusal});
            else
                qmgr_link->send(smtpd::Committed{submitted.back().ticket, 42});
        } else {
            dropped = std::get<qmgr::DropBlob>(message).ticket;
        }
    }

    /// Says it all, and returns all that is heard.
    std::string converse(std::string_view said) {
        if (!started) {
            started.emplace(
                *server,
                smtpd::Entrance{
                    .protocol = smtp::Protocol::Smtp, .client = ip::parse_endpoint("192.0.2.1:1024"), .login = login},
                smtpd::Surroundings{config, directory, queue, opinions, acceptor, log, clock, is_under_stress});
            boost::asio::co_spawn(context, started->run(), boost::asio::detached);
            context.poll();
        }
        client->say(said);
        for (int turn = 0; turn < 200; ++turn) context.poll();
        return client->heard();
    }

    std::string deliver(const std::string& message) {
        return converse("EHLO c\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<u@example.org>\r\nDATA\r\n") +
               converse(message + "\r\n.\r\n");
    }

    void expect_a_rate(const std::string& begin) {
        converse("EHLO c\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<u@example.org>\r\n" + begin);
        EXPECT_EQ(server->deadline(), 180s);
        clock.now += 100s;
        converse(std::string(5000, 'x'));
        EXPECT_EQ(server->deadline(), 180s - 100s + 10s);
        clock.now += 20s;
        converse("\r\n");
        EXPECT_EQ(server->deadline(), 70s + 4ms);
        is_under_stress = true;
        converse("\r\n");
        EXPECT_EQ(server->deadline(), 0s);
    }

    using DirectoryLink = ipc::Link<directory::FromSmtpd, smtpd::FromDirectory>;
    using QmgrLink = ipc::Link<qmgr::FromSmtpd, smtpd::FromQmgr>;

    boost::asio::io_context context{1};
    StoppedClock clock;
    logs::Log log{clock, {}, {}};
    smtpd::Config config;
    bool is_under_stress = false;
    submitter::Directory directory{context};
    submitter::Queue queue{context};
    submitter::Opinions opinions{context};
    encryption::Acceptor acceptor{context};
    std::optional<DirectoryLink> directory_link;
    std::optional<QmgrLink> qmgr_link;
    std::unique_ptr<net::MemoryStream> server;
    std::unique_ptr<net::MemoryStream> client;
    std::optional<smtpd::Session> started;
    smtpd::ClientLogin::Offer login = smtpd::ClientLogin::Offer::None;
    std::vector<directory::BeginLogin> begun;
    std::vector<std::uint64_t> abandoned;
    std::vector<directory::MaySend> senders;
    std::vector<directory::LookUp> look_ups;

    std::vector<qmgr::Submit> submitted;
    file::Descriptor blob;
    std::uint64_t dropped = 0;
    bool has_room = true;
    bool qmgr_dies = false;
    std::optional<smtp::Reply> refusal;
};

// RFC 5321 §4.2.5: responsibility is taken with the reply to the end of data, and only by whoever has the message.
TEST_F(Session, SaysTheQueueIdOnceTheMessageIsCommitted) {
    const auto heard = deliver("Subject: x\r\n\r\nhello");
    EXPECT_NE(heard.find("250 2.0.0 " + spool::to_text(42) + " queued\r\n"), std::string::npos) << heard;
    ASSERT_EQ(submitted.size(), 1u);
    const auto& message = submitted.front();
    EXPECT_EQ(message.envelope.reverse_path, "a@example.net");
    EXPECT_EQ(message.envelope.recipients.size(), 1u);
    EXPECT_TRUE(message.octets.starts_with("Received: from c"));
    EXPECT_TRUE(message.octets.ends_with("Subject: x\r\n\r\nhello\r\n"));
    EXPECT_EQ(message.octets.substr(message.id_at, 13), std::string(13, '0'));
    EXPECT_EQ(message.size, message.octets.size());
}

// RFC 2920 §3.2: replies to a group of commands come in order, and together.
TEST_F(Session, AnswersPipelinedCommandsInOrder) {
    const auto heard = converse(
        "EHLO c\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<nobody@example.com>\r\nRCPT TO:<u@example.org>\r\nDATA\r\n");
    const auto refused = heard.find("550 5.1.1");
    const auto accepted = heard.find("250 2.1.5");
    const auto go_ahead = heard.find("354 ");
    EXPECT_LT(refused, accepted);
    EXPECT_LT(accepted, go_ahead);
    EXPECT_NE(go_ahead, std::string::npos) << heard;
}

TEST_F(Session, WritesALongMessageIntoTheFileThatQmgrOpened) {
    const std::string text = "Subject: long\r\n\r\n" + std::string(50'000, 'x') + "\r\n" + std::string(50'000, 'y');
    const auto heard = deliver(text);
    EXPECT_NE(heard.find("250 2.0.0"), std::string::npos) << heard;
    ASSERT_EQ(submitted.size(), 1u);
    EXPECT_TRUE(submitted.front().octets.empty());
    EXPECT_NE(submitted.front().blob, 0u);
    std::string kept(submitted.front().size, '\0');
    ASSERT_EQ(::pread(blob.get(), kept.data(), kept.size() + 1, 0), static_cast<ssize_t>(kept.size()));
    EXPECT_TRUE(kept.ends_with(text + "\r\n"));
}

TEST_F(Session, GivesTheFileBackWhenTheMessageIsRefused) {
    const auto heard =
        deliver("Subject: long\r\n\r\n" + std::string(60'000, 'x') + "\r\n" + std::string(60'000, 'y') + "\nbare");
    EXPECT_NE(heard.find("550 5.5.2"), std::string::npos) << heard;
    converse("NOOP\r\nMAIL FROM:<>\r\nRSET\r\n");
    started.reset();
    for (int turn = 0; turn < 10; ++turn) context.poll();
    EXPECT_NE(dropped, 0u);
    EXPECT_TRUE(submitted.empty());
}

// RFC 5321 §4.2.3: 452 where there is no room.
TEST_F(Session, TakesNoLongMessageWhereThereIsNoRoom) {
    has_room = false;
    const auto heard = deliver("Subject: long\r\n\r\n" + std::string(60'000, 'x') + "\r\n" + std::string(60'000, 'y'));
    EXPECT_NE(heard.find("452 4.3.1"), std::string::npos) << heard;
    EXPECT_TRUE(submitted.empty());
}

TEST_F(Session, PassesOnWhatQmgrRefuses) {
    refusal = smtp::Reply{451, "4.3.0", "The disk failed"};
    EXPECT_NE(deliver("Subject: x\r\n\r\nhello").find("451 4.3.0"), std::string::npos);
}

TEST_F(Session, SaysTryAgainWhenANeighbourDies) {
    qmgr_dies = true;
    EXPECT_NE(deliver("Subject: x\r\n\r\nhello").find("451 4.3.0"), std::string::npos);
    directory_link.reset();
    const auto heard = converse("MAIL FROM:<a@example.net>\r\nRCPT TO:<u@example.org>\r\n");
    EXPECT_NE(heard.find("451 4.3.0"), std::string::npos) << heard;
}

// RFC 5321 §4.5.3.2.7. Hostile: an octet every few minutes is no command.
TEST_F(Session, GivesEachCommandOneDeadline) {
    converse("EHLO c\r\n");
    EXPECT_EQ(server->deadline(), 300s);
    server->set_deadline(17s);  // as if time had passed
    converse("NO");
    EXPECT_EQ(server->deadline(), 17s);
    converse("OP\r\nNO");
    EXPECT_EQ(server->deadline(), 300s);
    is_under_stress = true;
    converse("OP\r\n");
    EXPECT_EQ(server->deadline(), 10s);
}

// RFC 5321 §4.5.3.2.5. Hostile: whoever brings less than 500 octets a second has come to stay.
TEST_F(Session, AMessageHasToKeepItsRate) { expect_a_rate("DATA\r\n"); }
TEST_F(Session, AChunkHasToKeepItsRate) { expect_a_rate("BDAT 1000000 LAST\r\n"); }

// RFC 3030 §2: chunks of one octet are chunks, but a message of them has no more time than another.
TEST_F(Session, ManyChunksGainNoTime) {
    converse("EHLO c\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<u@example.org>\r\nBDAT 1\r\nx");
    EXPECT_EQ(server->deadline(), 180s + 2ms);
    clock.now += 100s;
    converse("BDAT 1\r\nx");
    EXPECT_EQ(server->deadline(), 80s + 4ms);
    converse("RSET\r\n");
    EXPECT_EQ(server->deadline(), 300s);
}

TEST_F(Session, HurriesWhoeverIsWaitedFor) {
    converse("EHLO c\r\n");
    started->hurry();
    EXPECT_EQ(server->deadline(), 10s);
}

// RFC 5321 §3.8
TEST_F(Session, SaysThatTheServerStops) {
    converse("EHLO c\r\n");
    server->interrupt(net::Gone::Why::Stopping);
    client->interrupt(net::Gone::Why::Stopping);
    EXPECT_NE(converse("").find("421 4.3.2"), std::string::npos);
}

// ---- whether the client may send in its name: RFC 7208

class Judged : public Session {
protected:
    using PolicydLink = ipc::Link<policyd::FromSmtpd, smtpd::FromPolicyd>;

    Judged() {
        config.spf.behavior = site::SpfBehavior::RejectFail;
        auto [to_policyd, at_policyd] = wires();
        opinions.connect(std::move(to_policyd));
        policyd_link.emplace(
            context, std::move(at_policyd),
            PolicydLink::Handlers{.on_message =
                                      [this](policyd::FromSmtpd message) {
                                          if (auto* examined = std::get_if<policyd::Examine>(&message))
                                              policyd_link->send(policyd::Judgement{.ticket = examined->ticket,
                                                                                    .reply = {250, "2.6.0", "Fine"},
                                                                                    .is_awaited = is_awaited});
                                          if (auto* one = std::get_if<policyd::Settled>(&message))
                                              settled.push_back(one->is_taken);
                                          if (!std::holds_alternative<policyd::CheckSender>(message)) return;
                                          asked.push_back(std::get<policyd::CheckSender>(message));
                                          if (policyd_dies) return policyd_link.reset();
                                          policyd_link->send(policyd::Opinion{
                                              .ticket = asked.back().ticket, .reply = opinion, .trace = trace});
                                      },
                                  .on_gone = [](const std::string&) {}});
    }
    std::string name_recipient() {
        return converse("EHLO c.test\r\nMAIL FROM:<a@example.net>\r\nRCPT TO:<u@example.org>\r\n");
    }

    std::optional<PolicydLink> policyd_link;
    std::vector<policyd::CheckSender> asked;
    std::vector<bool> settled;
    bool is_awaited = false;
    bool policyd_dies = false;
    smtp::Reply opinion{250, "2.1.0", "Fine"};
    std::string trace = "Received-SPF: pass (x)\r\n";
};

// RFC 7208 §9.1: above our own trace field, in which the place of the queue id is still found.
TEST_F(Judged, IsWrittenOnTheMessage) {
    EXPECT_NE(deliver("Subject: x\r\n\r\nhello").find("250 2.0.0"), std::string::npos);
    ASSERT_EQ(asked.size(), 1u);
    EXPECT_EQ(ip::to_text(asked[0].client), "192.0.2.1");
    EXPECT_EQ(asked[0].helo, "c");
    EXPECT_EQ(asked[0].reverse_path, "a@example.net");
    ASSERT_EQ(submitted.size(), 1u);
    EXPECT_TRUE(submitted[0].octets.starts_with(trace + "Received: from c")) << submitted[0].octets;
    EXPECT_EQ(submitted[0].octets.substr(submitted[0].id_at, 13), std::string(13, '0'));
    trace = std::string(policyd::longest_trace + 1, 'x');
    deliver("Subject: x\r\n\r\nhello");
    EXPECT_TRUE(submitted.at(1).octets.starts_with("Received: from c")) << "Hostile: a trace without end";
}

TEST_F(Judged, HoldsTheVerdictUntilRecipientsAreNamed) {
    opinion = {550, "5.7.23", "Not you"};
    const auto heard = name_recipient();
    EXPECT_NE(heard.find("250 2.1.0"), std::string::npos) << heard;
    EXPECT_NE(heard.find("550 5.7.23 Not you\r\n"), std::string::npos) << heard;
    EXPECT_TRUE(look_ups.empty()) << "nobody learns who exists";
    opinion = {250, "2.1.0", "Fine"};
    EXPECT_NE(converse("RSET\r\nMAIL FROM:<>\r\nRCPT TO:<u@example.org>\r\n").find("250 2.1.5"), std::string::npos);
    EXPECT_EQ(asked.back().reverse_path, "");
}

TEST_F(Judged, NobodyIsAskedAboutOurOwn) {
    opinion = {550, "5.7.23", "Not you"};
    config.relay.networks = {{*ip::parse_address("192.0.2.0"), 24}};
    EXPECT_NE(name_recipient().find("250 2.1.5"), std::string::npos);
    EXPECT_TRUE(asked.empty());
}

// Where something follows, such as an answer of the reflector, it follows what is on disk.
TEST_F(Judged, TellsWhatBecameOfAMessageWhereThatIsAskedFor) {
    config.dmarc.behavior = site::DmarcBehavior::Record;
    EXPECT_NE(deliver("Subject: x\r\n\r\nhello").find("250 2.0.0"), std::string::npos);
    EXPECT_TRUE(settled.empty());
    is_awaited = true;
    refusal = smtp::Reply(452, "4.3.1", "No room");
    EXPECT_NE(deliver("Subject: x\r\n\r\nhello").find("452 4.3.1"), std::string::npos);
    EXPECT_EQ(settled, std::vector<bool>{false});
    refusal.reset();
    EXPECT_NE(deliver("Subject: x\r\n\r\nhello").find("250 2.0.0"), std::string::npos);
    EXPECT_EQ(settled, (std::vector<bool>{false, true}));
}

// A check that can be dodged by killing its process is none.
TEST_F(Judged, WaitsWhereTheAskedOneDies) {
    policyd_dies = true;
    EXPECT_NE(name_recipient().find("451 4.3.0"), std::string::npos);
    EXPECT_NE(name_recipient().find("451 4.3.0"), std::string::npos) << "there is nobody to ask at all";
    EXPECT_EQ(asked.size(), 1u);
}

TEST_F(Judged, IsTakenAllTheSameWhereThatIsWanted) {
    policyd_dies = true;
    config.policy.unavailable = site::WithoutPolicyd::Accept;
    EXPECT_NE(name_recipient().find("250 2.1.5"), std::string::npos);
}

TEST_F(Judged, NothingIsRefusedWhereResultsAreOnlyWrittenDown) {
    policyd_dies = true;
    config.spf.behavior = site::SpfBehavior::Record;
    EXPECT_NE(name_recipient().find("250 2.1.5"), std::string::npos);
}

// ---- whoever has logged in: RFC 4954, RFC 6409

class Submission : public Session {
protected:
    Submission() {
        login = smtpd::ClientLogin::Offer::Required;
        config.login.mechanisms = {sasl::Mechanism::CramMd5, sasl::Mechanism::Plain};
    }
    std::string log_in(std::string_view response = "good") {
        return converse("EHLO c\r\nAUTH CRAM-MD5\r\n") + converse(text::to_base64(response) + "\r\n");
    }
    std::string submit(const std::string& message, const std::string& sender = "ann@example.org",
                       const std::string& recipients = "RCPT TO:<u@example.org>\r\n") {
        return converse("MAIL FROM:<" + sender + ">\r\n" + recipients + "DATA\r\n") + converse(message + "\r\n.\r\n");
    }
};

TEST_F(Submission, NeedsALogin) {
    const auto heard = converse("EHLO c\r\nMAIL FROM:<ann@example.org>\r\nAUTH PLAIN AAAA\r\n");
    EXPECT_NE(heard.find("250 AUTH CRAM-MD5\r\n"), std::string::npos) << heard;
    EXPECT_NE(heard.find("530 5.7.0"), std::string::npos) << heard;
    EXPECT_NE(heard.find("538 5.7.11"), std::string::npos) << heard;
    EXPECT_TRUE(begun.empty());
}

TEST_F(Submission, CarriesTheWordsOfAnExchange) {
    const auto heard = log_in("bad");
    EXPECT_NE(heard.find("334 " + text::to_base64("who?")), std::string::npos) << heard;
    EXPECT_NE(heard.find("535 5.7.8"), std::string::npos) << heard;
    ASSERT_EQ(begun.size(), 1u);
    EXPECT_EQ(begun[0].mechanism, "CRAM-MD5");
    EXPECT_EQ(begun[0].client, "192.0.2.1");
    EXPECT_FALSE(begun[0].is_encrypted);
    EXPECT_NE(log_in("good").find("235 2.7.0"), std::string::npos);
    EXPECT_TRUE(abandoned.empty());
}

TEST_F(Submission, TellsDirectoryOfWhoGivesUp) {
    EXPECT_NE((converse("EHLO c\r\nAUTH CRAM-MD5\r\n") + converse("*\r\n")).find("501 5.7.0"), std::string::npos);
    ASSERT_EQ(abandoned.size(), 1u);
    EXPECT_EQ(abandoned[0], begun[0].ticket);
    EXPECT_NE(log_in("banned").find("421 4.7.0"), std::string::npos);
}

TEST_F(Submission, IsMendedAndMayGoAnywhere) {
    log_in();
    const auto heard = submit("Subject: x\r\nBcc: secret@example.org\r\n\r\nhello");
    EXPECT_NE(heard.find("250 2.0.0"), std::string::npos) << heard;
    ASSERT_EQ(submitted.size(), 1u);
    const auto& octets = submitted[0].octets;
    for (const auto* field : {"with ESMTPA", "\r\nDate: ", "\r\nMessage-ID: <", "@mx.example.org>\r\n",
                              "\r\nFrom: ann@example.org\r\n", "\r\nSubject: x\r\n\r\nhello\r\n"})
        EXPECT_NE(octets.find(field), std::string::npos) << field << octets;
    EXPECT_EQ(octets.find("secret"), std::string::npos);
    EXPECT_NE(submitted[0].envelope.origin.find("logged in as ann@example.org"), std::string::npos);
    EXPECT_TRUE(look_ups.at(0).may_relay);
    ASSERT_EQ(senders.size(), 2u);
    EXPECT_EQ(senders[0].account, "ann@example.org");
    EXPECT_EQ(senders[0].stamp, 7u);
    EXPECT_EQ(senders[0].recipients, 0u);
    EXPECT_EQ(senders[1].recipients, 1u);
}

TEST_F(Submission, IsMendedInChunksAsWell) {
    log_in();
    const std::string message = "Subject: x\r\nBcc: secret@example.org\r\nFrom: ann@example.org\r\n\r\nhello\r\n";
    std::string said = "MAIL FROM:<ann@example.org>\r\nRCPT TO:<u@example.org>\r\n";
    for (const char c : message) said += std::string("BDAT 1\r\n") + c;
    EXPECT_NE(converse(said + "BDAT 0 LAST\r\n").find("250 2.0.0"), std::string::npos);
    ASSERT_EQ(submitted.size(), 1u);
    EXPECT_TRUE(submitted[0].octets.ends_with("\r\nSubject: x\r\nFrom: ann@example.org\r\n\r\nhello\r\n"))
        << submitted[0].octets;
}

// RFC 6409 §6.1
TEST_F(Submission, IsInTheSendersOwnName) {
    log_in();
    EXPECT_NE(converse("MAIL FROM:<bob@example.org>\r\n").find("553 5.7.1"), std::string::npos);
    EXPECT_NE(submit("From: bob@example.org\r\n\r\nx").find("553 5.7.1"), std::string::npos);
    EXPECT_NE(submit("From: ann@example.org\r\nSender: bob@example.org\r\n\r\nx").find("553 5.7.1"), std::string::npos);
    EXPECT_NE(submit("From: ann@x\r\nFrom: ann@y\r\n\r\nx").find("550 5.6.0"), std::string::npos);
    EXPECT_NE(submit("From: ann@x, ann@y\r\n\r\nx").find("550 5.6.0"), std::string::npos);
    EXPECT_TRUE(submitted.empty());
    EXPECT_NE(submit("From: ann@x\r\n\r\nx", "").find("250 2.0.0"), std::string::npos) << "the null reverse-path";
    EXPECT_NE(submitted.at(0).octets.find("From: ann@x\r\n"), std::string::npos);
}

// Whoever has proved who he is is not asked about by the address that he calls from.
TEST_F(Submission, IsNoMatterOfSpf) {
    config.spf.behavior = site::SpfBehavior::RejectNone;  // and nobody to ask
    log_in();
    EXPECT_NE(submit("Subject: x\r\n\r\nhello").find("250 2.0.0"), std::string::npos);
}

TEST_F(Submission, HasItsMeasure) {
    log_in();
    const auto heard = submit("x: y\r\n\r\nx", "ann@example.org",
                              "RCPT TO:<a@example.org>\r\nRCPT TO:<b@example.org>\r\nRCPT TO:<c@example.org>\r\n");
    EXPECT_NE(heard.find("452 4.7.1"), std::string::npos) << heard;
    EXPECT_TRUE(submitted.empty());
}

TEST_F(Submission, HidesWhereItCameFromByRequest) {
    config.submission.hide_client = true;
    log_in();
    submit("Subject: x\r\n\r\nhello");
    ASSERT_EQ(submitted.size(), 1u);
    EXPECT_TRUE(submitted[0].octets.starts_with("Received: by mx.example.org"));
    EXPECT_EQ(submitted[0].octets.find("192.0.2.1"), std::string::npos) << submitted[0].octets;
}

TEST_F(Submission, IsLaterWithoutDirectory) {
    log_in();
    directory_link.reset();
    EXPECT_NE(converse("MAIL FROM:<ann@example.org>\r\n").find("451 4.3.0"), std::string::npos);
}

}  // namespace
