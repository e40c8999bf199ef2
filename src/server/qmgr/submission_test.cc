#include <gtest/gtest.h>

#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using namespace std::chrono_literals;
using testing::deliver0;
using testing::Desk;
using testing::relay0;
using testing::smtpd;

// RFC 5321 §4.2.5: our yes follows the disk's.
TEST(Submission, IsCommittedOnlyWhenDurable) {
    Desk desk;
    desk.bring(Desk::envelope("a@example.net", {Desk::to("b@example.com")}));
    EXPECT_TRUE(desk.sent.committed.empty());
    EXPECT_TRUE(desk.sent.attempts.empty());
    desk.spool.settle();
    ASSERT_EQ(desk.sent.committed.size(), 1u);
    ASSERT_EQ(desk.sent.attempts.size(), 1u);  // in the same turn
    EXPECT_EQ(desk.sent.attempts[0].destination, "mx:example.com");
    EXPECT_EQ(desk.sent.attempts[0].peer, relay0);
}

TEST(Submission, FailuresHaveTheirReplies) {
    struct Case {
        spool::Failure failure;
        int code;
        std::string_view enhanced;
    };
    for (const auto& [failure, code, enhanced] :
         {Case{spool::Failure::Full, 452, "4.3.1"}, Case{spool::Failure::Failed, 451, "4.3.0"},
          Case{spool::Failure::Broken, 421, "4.3.2"}}) {
        Desk desk;
        desk.bring(Desk::envelope("a@example.net", {Desk::to("b@example.com")}));
        desk.spool.settle(std::unexpected(failure));
        ASSERT_EQ(desk.sent.refused.size(), 1u);
        EXPECT_EQ(desk.sent.refused[0].second.reply.code, code);
        EXPECT_EQ(desk.sent.refused[0].second.reply.enhanced, enhanced);
        EXPECT_TRUE(desk.sent.attempts.empty());
    }
    Desk desk;
    desk.spool.full = true;
    desk.bring(Desk::envelope("a@example.net", {Desk::to("b@example.com")}));
    ASSERT_EQ(desk.sent.refused.size(), 1u);
    EXPECT_EQ(desk.sent.refused[0].second.reply.code, 452);
}

TEST(Submission, GroupsRecipientsByDestination) {
    Desk desk;
    std::vector<spool::Recipient> recipients;
    for (int i = 0; i < 130; ++i) {
        recipients.push_back(Desk::to("u" + std::to_string(i) + "@one.example"));
        if (i % 10 == 0) recipients.push_back(Desk::to("v" + std::to_string(i) + "@two.example"));
    }
    recipients.push_back(Desk::local("x@here.example"));
    recipients.push_back(Desk::local("x@here.example"));  // by two aliases: one copy
    const auto id = desk.submit(Desk::envelope("a@example.net", recipients));
    const auto& message = desk.spool.messages.at(id);
    ASSERT_EQ(message.entry.tasks.size(), 5u);
    std::uint32_t next = 0;
    for (const auto& task : message.entry.tasks) {
        EXPECT_EQ(task.first, next);
        next += task.count;
        const auto domain = domain_of(message.envelope.recipients[task.first].smtp.address);
        for (std::uint32_t i = 0; i < task.count; ++i)
            EXPECT_EQ(domain_of(message.envelope.recipients[task.first + i].smtp.address), domain);
    }
    EXPECT_EQ(next, message.envelope.recipients.size());
    EXPECT_EQ(next, 130u + 13u + 1u);
}

TEST(Submission, WritesTheQueueIdIntoItsTraceField) {
    Desk desk;
    Submit submit{.ticket = 1,
                  .envelope = Desk::envelope("", {Desk::to("b@example.com")}),
                  .octets = "Received: id XXXXXXXXXXXXX\r\n\r\nbody\r\n",
                  .id_at = 13};
    submit.size = submit.octets.size();
    desk.queue.on(smtpd, submit);
    desk.spool.settle();
    const auto id = desk.sent.committed.at(0).second.id;
    EXPECT_EQ(desk.sent.attempts.at(0).octets, "Received: id " + spool::to_text(id) + "\r\n\r\nbody\r\n");
}

TEST(Submission, TakesABlob) {
    Desk desk;
    desk.queue.on(smtpd, OpenBlob{.ticket = 7});
    ASSERT_EQ(desk.sent.blobs_opened.size(), 1u);
    const std::string octets = "Subject: x\r\n\r\n" + std::string(100'000, 'x');
    ASSERT_TRUE(desk.spool.blob(1).write_at(0, octets));
    desk.queue.on(smtpd, Submit{.ticket = 8,
                                .envelope = Desk::envelope("", {Desk::to("b@example.com")}),
                                .blob = 7,
                                .size = octets.size()});
    desk.spool.settle();
    ASSERT_EQ(desk.sent.committed.size(), 1u);
    EXPECT_EQ(desk.spool.open_blobs(), 0u);
    EXPECT_EQ(desk.sent.attempts.size(), 1u);
}

// Hostile: smtpd talks to strangers, and may have become one.
TEST(Submission, TrustsNothing) {
    const auto refuse = [](auto change) {
        Desk desk;
        desk.queue.on(smtpd, OpenBlob{.ticket = 7});
        Submit submit{.ticket = 1,
                      .envelope = Desk::envelope("a@b.example", {Desk::to("b@example.com")}),
                      .octets = "x\r\n",
                      .size = 3};
        change(submit);
        desk.queue.on(smtpd, submit);
        desk.spool.settle();
        return desk.sent.refused.size() == 1 && desk.sent.committed.empty() && desk.sent.attempts.empty();
    };
    EXPECT_TRUE(refuse([](Submit& s) { s.envelope.recipients.clear(); }));
    EXPECT_TRUE(refuse([](Submit& s) { s.size = 4; }));
    EXPECT_TRUE(refuse([](Submit& s) { s.id_at = 1; }));
    EXPECT_TRUE(refuse([](Submit& s) { s.blob = 99, s.octets.clear(); }));
    EXPECT_TRUE(refuse([](Submit& s) { s.blob = 7; }));
    EXPECT_TRUE(refuse([](Submit& s) { s.blob = 7, s.octets.clear(), s.size = 10; }));
    EXPECT_TRUE(refuse([](Submit& s) { s.envelope.recipients[0].smtp.address = "a>\r\nRCPT TO:<b@c"; }));
    EXPECT_TRUE(refuse([](Submit& s) { s.envelope.reverse_path = "a\nb@c"; }));
    EXPECT_TRUE(refuse([](Submit& s) { s.envelope.body = smtp::BodyType(9); }));
    EXPECT_FALSE(refuse([](Submit& s) { s.envelope.envelope_id = std::string(100, 'x'); }));  // RFC 3461 §4.4
    EXPECT_TRUE(refuse([](Submit& s) { s.envelope.envelope_id = std::string(101, 'x'); }));
    EXPECT_FALSE(refuse([](Submit& s) { s.envelope.recipients[0].smtp.original_recipient = std::string(500, 'x'); }));
    EXPECT_TRUE(refuse([](Submit& s) { s.envelope.recipients[0].smtp.original_recipient = std::string(501, 'x'); }));
    EXPECT_TRUE(refuse([](Submit& s) { s.envelope.origin = std::string(1025, 'x'); }));
    EXPECT_TRUE(
        refuse([](Submit& s) { s.octets = std::string(spool::inline_body + 1, 'x'), s.size = s.octets.size(); }));
}

// Hostile: each is an open file here.
TEST(Submission, OpensAsManyFilesAsThereMayBeConnections) {
    Desk desk({.blobs_per_submitter = 10});
    for (std::uint64_t ticket = 1; ticket <= 30; ++ticket) desk.queue.on(smtpd, OpenBlob{.ticket = ticket});
    EXPECT_EQ(desk.sent.blobs_opened.size(), 30u);
    EXPECT_EQ(desk.spool.open_blobs(), 10u);
}

TEST(Submission, PeersThatGoTakeTheirBlobsAlongAndHearNothing) {
    Desk desk;
    desk.queue.on(smtpd, OpenBlob{.ticket = 7});
    desk.queue.on(smtpd, OpenBlob{.ticket = 7});  // the first is dropped
    desk.queue.on(smtpd, OpenBlob{.ticket = 8});
    desk.queue.on(smtpd, DropBlob{.ticket = 99});
    EXPECT_EQ(desk.spool.open_blobs(), 2u);
    desk.bring(Desk::envelope("a@example.net", {Desk::to("b@example.com")}));
    desk.queue.peer_gone(smtpd);
    EXPECT_EQ(desk.spool.open_blobs(), 0u);
    desk.queue.peer_new(smtpd);
    desk.spool.settle();
    EXPECT_TRUE(desk.sent.committed.empty());
    EXPECT_EQ(desk.sent.attempts.size(), 1u);  // it is durable, so it is ours
}

}  // namespace
}  // namespace qmgr
