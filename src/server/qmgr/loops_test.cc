#include "qmgr/loops.h"

#include <fmt/format.h>
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

std::string back_from(const std::string& id, std::string_view above = "", std::string_view message_id = "<1@s.test>") {
    return fmt::format(
        "Received: from x by mail.example.org with ESMTP id 0000000000000; Fri, 27 Nov 2026 20:00:05 +0000\r\n{}"
        "Received: from mail.example.org by far.example id 77; Fri, 27 Nov 2026 20:00:03 +0000\r\n"
        "Received: from s.test by mail.example.org with ESMTP id {};\r\n Fri, 27 Nov 2026 20:00:01 +0000\r\n"
        "Message-ID: {}\r\n\r\nx\r\n",
        above, id, message_id);
}

// Another server took our marks away, and brings the message back: it is known by our own id in its trace.
TEST(Loops, KnowsOnTheSecondPassWhatOthersBringBack) {
    struct Case {
        std::string_view above, message_id;
        std::vector<spool::Recipient> recipients;
        std::uint32_t remembered;
        bool is_known;
    };
    const auto far = Desk::to("loop@far.example");
    const Case cases[] = {
        {"", "<1@s.test>", {far}, 10, true},
        {"", "<1@s.test>", {far, Desk::local("bob@example.org")}, 10, true},
        // A person sent it anew, or a list made another message of it.
        {"Resent-From: bob@far.example\r\n", "<1@s.test>", {far}, 10, false},
        {"", "<2@s.test>", {far}, 10, false},
        // It went out to one, and comes in for another.
        {"", "<1@s.test>", {Desk::local("bob@example.org")}, 10, false},
        {"", "<1@s.test>", {far}, 0, false},
    };
    for (const auto& [above, message_id, recipients, remembered, is_known] : cases) {
        SCOPED_TRACE(std::string(above) + std::string(message_id) + recipients[0].smtp.address);
        Desk desk(Settings{.hostname = "mail.example.org", .remembered = remembered});
        const auto id = desk.submit(Desk::envelope("a@s.test", {far}), "Message-ID: <1@s.test>\r\n\r\nx\r\n");
        const auto before = desk.sent.committed.size();
        desk.bring(Desk::envelope("a@s.test", recipients), back_from(spool::to_text(id), above, message_id));
        desk.spool.settle_all();
        EXPECT_EQ(desk.count(logs::Event::LoopBroken), is_known ? 1u : 0u);
        EXPECT_EQ(desk.sent.committed.size(), before + (is_known && recipients.size() == 1 ? 0 : 1));
        if (!is_known) continue;
        const auto told = std::ranges::find(desk.events, logs::Event::LoopBroken, &Desk::Event::event);
        EXPECT_EQ(told->id, id);  // so that its story has it
        EXPECT_NE(told->keys["hops"].find("far.example 2026-11-27T20:00:03Z 77; mail.example.org"), std::string::npos)
            << told->keys["hops"];
    }
}

// bob's copy, which bob sends on to ann, is not a circle because she had one too.
TEST(Loops, WhatComesBackForSomeOnlyIsNoCircle) {
    Desk desk(Settings{.hostname = "mail.example.org"});
    const auto id =
        desk.submit(Desk::envelope("a@s.test", {Desk::local("ann@example.org"), Desk::local("bob@example.org")}),
                    "Message-ID: <1@s.test>\r\n\r\nx\r\n");
    desk.submit(Desk::envelope("a@s.test", {Desk::local("ann@example.org")}), back_from(spool::to_text(id)));
    EXPECT_EQ(desk.count(logs::Event::LoopBroken), 0u);
    desk.submit(Desk::envelope("a@s.test", {Desk::local("ann@example.org"), Desk::local("bob@example.org")}),
                back_from(spool::to_text(id)));
    EXPECT_EQ(desk.count(logs::Event::LoopBroken), 2u);
}

TEST(Loops, PolicyByAddressByDomainByServer) {
    const Settings settings{
        .loops = LoopPolicy::Hold,
        .loops_deliver_to = "ann@example.org",
        .loop_addresses = {{"list@example.org", {LoopPolicy::Deliver, "bob@example.org"}},
                           {"x@far.example", {LoopPolicy::Deliver}}},
        .loop_domains = {{"example.org", LoopPolicy::Discard}, {".wild.example", LoopPolicy::Bounce}}};
    const auto rule = [&](std::string address, std::string asked = "") {
        auto recipient = Desk::to(std::move(address));
        recipient.asked = std::move(asked);
        return rule_for(recipient, settings);
    };
    EXPECT_EQ(rule("y@far.example"), (LoopRule{LoopPolicy::Hold, "ann@example.org"}));
    EXPECT_EQ(rule("y@far.example", "List@Example.org"), (LoopRule{LoopPolicy::Deliver, "bob@example.org"}));
    EXPECT_EQ(rule("y@far.example", "other@example.org").policy, LoopPolicy::Discard);
    EXPECT_EQ(rule("X@far.example"), (LoopRule{LoopPolicy::Deliver, "ann@example.org"}));
    EXPECT_EQ(rule("y@a.b.wild.example").policy, LoopPolicy::Bounce);
    EXPECT_EQ(rule("y@wild.example").policy, LoopPolicy::Hold);
}

TEST(Loops, EndsInTheMailboxThatIsNamed) {
    Desk desk(Settings{.loops = LoopPolicy::Deliver, .loops_deliver_to = "ann@example.org"});
    desk.submit(Desk::envelope("a@example.net", {Desk::to("b@example.com"), Desk::local("bob@example.org")}),
                with_fields("Received: x\r\n", 100));
    ASSERT_EQ(desk.sent.attempts.size(), 1u);  // one copy, whoever else it was for
    EXPECT_EQ(desk.next_attempt().recipients[0], "ann@example.org");
    const auto stored = desk.spool.load(desk.sent.committed.back().second.id);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->envelope.recipients[0].transport, spool::Transport::Mailbox);  // whatever ann's instructions say
}

// A rewritten sender is the author's own, by a detour: he hears what he asked for. RFC 3461 §5.2.7
TEST(Loops, ForwardersKeepWhatTheAuthorAskedFor) {
    Desk desk;
    auto away = Desk::to("m@far.example", smtp::notify_success);
    away.sender = "SRS0=AAAA=BB=s.test=a@example.org";
    away.smtp.original_recipient = "rfc822;list@example.org";
    desk.submit(Desk::envelope("a@s.test", {away, Desk::to("direct@far.example")}));
    ASSERT_EQ(desk.sent.attempts.size(), 2u);
    const auto stored = desk.spool.load(desk.sent.committed.back().second.id);
    ASSERT_TRUE(stored);
    EXPECT_EQ(stored->envelope.recipients[0].smtp.notify, smtp::notify_success);
    EXPECT_EQ(stored->envelope.recipients[0].smtp.original_recipient, "rfc822;list@example.org");
    const auto attempt = desk.next_attempt();
    EXPECT_EQ(attempt.from, away.sender);
    desk.answer(attempt, testing::relayed());
    std::string told;
    while (!desk.sent.attempts.empty())
        if (const auto next = desk.next_attempt(); next.from.empty()) told = next.recipients[0];
    EXPECT_EQ(told, "a@s.test") << "without a detour";
}

// What goes through a list with an owner is his: sent as from him, and he hears of what fails. RFC 3461 §5.2.7
TEST(Loops, OwnersOfListsHearOfErrors) {
    Desk desk;
    auto member = Desk::to("m@far.example", smtp::notify_failure | smtp::notify_success);
    member.sender = "owner-list@example.org";
    auto local = Desk::local("bob@example.org");
    local.sender = "owner-list@example.org";
    desk.submit(Desk::envelope("a@s.test", {member, Desk::to("direct@far.example"), local}));
    ASSERT_EQ(desk.sent.attempts.size(), 3u);  // the same destination, twice: from whom differs
    std::map<std::string, testing::Recorder::Attempt> attempts;
    while (!desk.sent.attempts.empty()) {
        auto attempt = desk.next_attempt();
        attempts.emplace(attempt.recipients[0], attempt);
    }
    EXPECT_EQ(attempts["m@far.example"].from, "owner-list@example.org");
    EXPECT_EQ(attempts["bob@example.org"].from, "owner-list@example.org");
    EXPECT_EQ(attempts["direct@far.example"].from, "a@s.test");
    desk.answer(attempts["m@far.example"], testing::failed());
    EXPECT_EQ(desk.next_attempt().recipients[0], "owner-list@example.org");
    desk.answer(attempts["direct@far.example"], testing::failed());
    EXPECT_EQ(desk.next_attempt().recipients[0], "a@s.test");

    for (const std::string nobody : {"", "#@[]"}) {
        Desk quiet;
        quiet.submit(Desk::envelope(nobody, {member}));
        EXPECT_EQ(quiet.next_attempt().from, nobody);
    }
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
