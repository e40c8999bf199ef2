#include "qmgr/loops.h"

#include <gtest/gtest.h>

#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using testing::Desk;

std::string with_fields(std::string_view field, int count) {
    std::string octets;
    for (int i = 0; i < count; ++i) octets += field;
    return octets + "Subject: x\r\n\r\nReceived: in the body does not count\r\n";
}

// RFC 5321 §6.3
TEST(Loops, CountsReceivedAndDeliveredTo) {
    const auto at = [](const std::string& octets, std::uint32_t most) {
        return Circles(header_of(octets), most).has_too_many_hops();
    };
    EXPECT_FALSE(at(with_fields("Received: x\r\n", 99), 100));
    EXPECT_TRUE(at(with_fields("Received: x\r\n", 100), 100));
    EXPECT_TRUE(at(with_fields("Received: x\r\nDelivered-To: a@b\r\n", 50), 100));
}

TEST(Loops, KnowsItsOwnMark) {
    const std::string octets = "Delivered-To: Bob@Example.org\r\nSubject: x\r\n\r\nDelivered-To: eve@example.org\r\n";
    const Circles circles(header_of(octets), 100);
    EXPECT_TRUE(circles.closes_at(Desk::local("bob@example.org")));
    EXPECT_FALSE(circles.closes_at(Desk::to("bob@example.org")));  // elsewhere: not for us to say
    EXPECT_FALSE(circles.closes_at(Desk::local("eve@example.org")));
}

TEST(Loops, WholeMessageIsRefused) {
    Desk desk;
    desk.submit(Desk::envelope("a@example.net", {Desk::to("b@example.com")}), with_fields("Received: x\r\n", 100));
    ASSERT_EQ(desk.sent.refused.size(), 1u);
    EXPECT_EQ(desk.sent.refused[0].second.reply.code, 554);
    EXPECT_EQ(desk.sent.refused[0].second.reply.enhanced, "5.4.6");
    EXPECT_TRUE(desk.spool.messages.empty());
    EXPECT_EQ(desk.count(logs::Event::LoopBroken), 1u);
}

// sendmail said long ago that all is well, so nobody but us can tell the sender.
TEST(Loops, WholeMessageOfALocalProgramBounces) {
    for (const auto& [recipient, header] :
         {std::pair{Desk::local("bob@example.org"), "Delivered-To: bob@example.org\r\n"},
          std::pair{Desk::to("b@example.com"), ""}}) {
        Desk desk;
        constexpr Peer pickup{process::Role::Pickup, 0};
        desk.queue.peer_new(pickup);
        Submit submit{.ticket = 1, .envelope = Desk::envelope("a@example.net", {recipient}), .octets = {}};
        submit.octets = with_fields(header + std::string("Received: x\r\n"), 100);
        submit.size = submit.octets.size();
        desk.queue.on(pickup, std::move(submit));
        desk.spool.settle_all();
        EXPECT_TRUE(desk.sent.refused.empty());
        EXPECT_EQ(desk.sent.committed.size(), 1u);
        ASSERT_EQ(desk.sent.attempts.size(), 1u);
        const auto bounce = desk.next_attempt();
        EXPECT_EQ(bounce.recipients[0], "a@example.net");
        EXPECT_NE(bounce.octets.find("5.4.6"), std::string::npos);
    }
}

TEST(Loops, OneOfTwoRecipientsBounces) {
    Desk desk;
    desk.submit(Desk::envelope("a@example.net", {Desk::local("bob@example.org"), Desk::local("eve@example.org")}),
                "Delivered-To: bob@example.org\r\n\r\nx\r\n");
    EXPECT_TRUE(desk.sent.refused.empty());
    ASSERT_EQ(desk.sent.attempts.size(), 2u);  // eve's, and the notification
    EXPECT_EQ(desk.next_attempt().recipients[0], "eve@example.org");
    const auto bounce = desk.next_attempt();
    EXPECT_EQ(bounce.recipients[0], "a@example.net");
    EXPECT_NE(bounce.octets.find("5.4.6"), std::string::npos);
}

// To send it on to another server would not be to deliver it: with servers that never tire it would go round for ever.
TEST(Loops, DeliversOnlyIntoMailboxesOfItsOwn) {
    const std::string tired = with_fields("Received: x\r\n", 100);
    Desk desk(Settings{.loops = LoopPolicy::Deliver});
    desk.submit(Desk::envelope("a@example.net", {Desk::to("b@example.com")}), tired);
    ASSERT_EQ(desk.sent.refused.size(), 1u);
    EXPECT_EQ(desk.sent.refused[0].second.reply.enhanced, "5.4.6");
    EXPECT_TRUE(desk.sent.attempts.empty());

    desk.submit(Desk::envelope("a@example.net", {Desk::to("b@example.com"), Desk::local("bob@example.org")}), tired);
    ASSERT_EQ(desk.sent.attempts.size(), 2u);  // bob's, and the notification about b
    EXPECT_EQ(desk.next_attempt().recipients[0], "bob@example.org");
    const auto bounce = desk.next_attempt();
    EXPECT_EQ(bounce.recipients[0], "a@example.net");
    EXPECT_NE(bounce.octets.find("5.4.6"), std::string::npos);
    EXPECT_TRUE(desk.sent.attempts.empty());
}

TEST(Loops, SaysWhyInTheLog) {
    EXPECT_EQ(Circles(header_of(with_fields("Received: x\r\n", 12)), 10).reason(),
              "12 trace fields, and max_hops is 10");
    EXPECT_EQ(Circles("Delivered-To: bob@example.org\r\n", 10).reason(), "the message was here before");
}

TEST(Loops, PoliciesOtherThanBounce) {
    const auto run = [](LoopPolicy policy) {
        auto desk = std::make_unique<Desk>(Settings{.loops = policy});
        desk->submit(Desk::envelope("a@example.net", {Desk::local("bob@example.org")}),
                     "Delivered-To: bob@example.org\r\n\r\nx\r\n");
        return desk;
    };
    EXPECT_EQ(run(LoopPolicy::Deliver)->sent.attempts.size(), 1u);
    const auto discard = run(LoopPolicy::Discard);
    EXPECT_EQ(discard->sent.committed.size(), 1u);
    EXPECT_TRUE(discard->spool.messages.empty());
    const auto hold = run(LoopPolicy::Hold);
    EXPECT_TRUE(hold->sent.attempts.empty());
    ASSERT_EQ(hold->spool.messages.size(), 1u);
    EXPECT_TRUE(hold->spool.messages.begin()->second.entry.tasks[0].held);
}

// Held in the transaction that accepts it: no crash lets it go round once more. Who is no part of the circle gets it.
TEST(Loops, HoldsOnlyWhatGoesRound) {
    Desk desk(Settings{.loops = LoopPolicy::Hold});
    desk.submit(Desk::envelope("a@example.net", {Desk::local("bob@example.org"), Desk::local("eve@example.org")}),
                "Delivered-To: bob@example.org\r\n\r\nx\r\n");
    ASSERT_EQ(desk.sent.attempts.size(), 1u);
    const auto eve = desk.next_attempt();
    EXPECT_EQ(eve.recipients[0], "eve@example.org");
    desk.answer(eve, testing::delivered());
    EXPECT_EQ(desk.count(logs::Event::Held), 1u);
    desk.pass(std::chrono::hours(24));
    EXPECT_TRUE(desk.sent.attempts.empty());

    const auto id = desk.sent.committed.back().second.id;
    desk.queue.on(testing::admind0, Act{.ticket = 1, .action = Action::Release, .filter = {.id = id}});
    desk.spool.settle_all();
    desk.pass(milliseconds(0));
    ASSERT_EQ(desk.sent.attempts.size(), 1u);
    EXPECT_EQ(desk.next_attempt().recipients[0], "bob@example.org");
}

}  // namespace
}  // namespace qmgr
