#include <gtest/gtest.h>

#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using namespace std::chrono_literals;
using testing::deferred;
using testing::delivered;
using testing::Desk;
using testing::directory0;
using testing::failed;
using testing::relayed;

std::size_t count(const Desk& desk, std::string_view to) {
    std::size_t found = 0;
    for (const auto& attempt : desk.sent.attempts) found += attempt.recipients.at(0) == to;
    return found;
}

// RFC 5321 §6.1, RFC 3464: one notification, from the null reverse-path, in the transaction of the failure.
TEST(Settle, FailureAndBounceAreOneTransaction) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example"), Desk::to("b@x.example")}));
    const auto attempt = desk.next_attempt();
    desk.queue.on(attempt.peer, {.attempt = attempt.number, .recipients = {failed(), failed()}});
    EXPECT_EQ(desk.spool.submitted(), 1u);
    desk.spool.settle();
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    ASSERT_EQ(desk.spool.messages.size(), 1u);
    const auto& bounce = desk.spool.messages.begin()->second;
    EXPECT_TRUE(bounce.entry.is_bounce);
    EXPECT_EQ(bounce.envelope.recipients[0].smtp.address, "s@example.net");
    for (const char* part :
         {"a@x.example", "b@x.example", "Action: failed", "Status: 5.1.1", "No such user", "Subject: test"})
        EXPECT_NE(bounce.octets.find(part), std::string::npos) << part;
    EXPECT_EQ(count(desk, "s@example.net"), 1u);
    EXPECT_EQ(desk.count(logs::Event::Bounced), 1u);
}

// RFC 5321 §4.5.5
TEST(Settle, NullReversePathIsNeverToldAnything) {
    Desk desk;
    desk.submit(Desk::envelope("", {Desk::to("a@x.example", smtp::notify_success | smtp::notify_failure)}));
    desk.answer(desk.next_attempt(), failed());
    EXPECT_TRUE(desk.spool.messages.empty());
    EXPECT_EQ(desk.count(logs::Event::BounceDropped), 1u);
}

// RFC 3461 §4.1, §5.2.2
TEST(Settle, NotifyDecidesWhoIsTold) {
    struct Case {
        std::uint8_t notify;
        RecipientOutcome outcome;
        bool is_told;
    };
    auto passed_on = relayed();
    passed_on.remote_does_dsn = true;
    const Case cases[] = {
        {smtp::notify_unspecified, failed(), true},   {smtp::notify_never, failed(), false},
        {smtp::notify_success, failed(), false},      {smtp::notify_failure, failed(), true},
        {smtp::notify_unspecified, relayed(), false}, {smtp::notify_success, relayed(), true},
        {smtp::notify_success, passed_on, false},     {smtp::notify_success, delivered(), true},
        {smtp::notify_failure, delivered(), false},
    };
    for (const auto& [notify, outcome, is_told] : cases) {
        Desk desk;
        desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example", notify)}));
        desk.answer(desk.next_attempt(), outcome);
        EXPECT_EQ(desk.spool.messages.size(), is_told ? 1u : 0u) << int(notify) << " " << outcome.reply.text;
    }
}

// RFC 5321 §4.5.4.1, RFC 3463 §3.5: given up when the lifetime ends, after a last attempt.
TEST(Settle, ExpiresWithTheLastReply) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example", smtp::notify_failure)}));
    const auto start = desk.clock.steady();
    while (desk.spool.entry(id)) {
        ASSERT_EQ(count(desk, "s@example.net"), 0u);
        if (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), deferred());
        if (desk.spool.entry(id)) desk.pass(1min);
    }
    EXPECT_GE(desk.clock.steady() - start, std::chrono::days(5));
    EXPECT_LE(desk.clock.steady() - start, std::chrono::days(5) + 5min);
    ASSERT_EQ(count(desk, "s@example.net"), 1u);
    const auto bounce = desk.next_attempt();
    EXPECT_NE(bounce.octets.find("Status: 4.4.7"), std::string::npos);
    EXPECT_NE(bounce.octets.find("450 4.2.1 Later"), std::string::npos);
    EXPECT_EQ(desk.count(logs::Event::Expired), 1u);
}

TEST(Settle, BouncesExpireEarlierAndQuietly) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    for (int minute = 0; minute < 24 * 60 + 70; ++minute) {
        if (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), deferred());
        desk.pass(1min);
    }
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    EXPECT_TRUE(desk.spool.messages.empty());
}

TEST(Settle, DelayIsToldOnce) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    for (int minute = 0; minute < 12 * 60; ++minute) {
        while (!desk.sent.attempts.empty()) {
            const auto attempt = desk.next_attempt();
            desk.answer(attempt, attempt.message == id ? deferred() : relayed());
        }
        desk.pass(1min);
        if (minute == 3 * 60 + 50) EXPECT_EQ(desk.count(logs::Event::DelayNotice), 0u);
    }
    EXPECT_EQ(desk.count(logs::Event::DelayNotice), 1u);
    EXPECT_NE(desk.spool.entry(id), nullptr);
}

// Messages behind a dead destination make no attempts of their own; their senders are told all the same.
TEST(Settle, DeadDestinationStillTellsAndExpires) {
    Desk desk;
    constexpr int messages = 20;
    for (int i = 0; i < messages; ++i) desk.submit(Desk::envelope("s@example.net", {Desk::to("a@dead.example")}));
    for (int minute = 0; minute < 6 * 24 * 60; minute += 10) {
        while (!desk.sent.attempts.empty()) {
            const auto attempt = desk.next_attempt();
            const bool is_dead = attempt.destination == "mx:dead.example";
            desk.answer(attempt, is_dead ? deferred() : relayed(),
                        is_dead ? Destination::Unreachable : Destination::Fine);
        }
        desk.pass(10min);
    }
    EXPECT_EQ(desk.count(logs::Event::DelayNotice), std::size_t(messages));
    EXPECT_EQ(desk.count(logs::Event::Bounced), std::size_t(messages));
    EXPECT_TRUE(desk.spool.messages.empty());
}

// The clock leaps a year ahead: nothing is given up for that.
TEST(Settle, ClockLeapBouncesNothing) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    for (int i = 0; i < 15; ++i) {
        desk.answer(desk.next_attempt(), deferred());
        desk.pass(70min);
        if (i == 1) desk.queue.tick();
        while (count(desk, "s@example.net") > 0 && desk.sent.attempts.front().recipients[0] == "s@example.net")
            desk.answer(desk.next_attempt(), relayed());
        if (i == 10) desk.clock.set_wall_forward(24h * 365);
        if (desk.sent.attempts.size() > 1) std::swap(desk.sent.attempts[0], desk.sent.attempts[1]);
    }
    EXPECT_NE(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.count(logs::Event::Expired), 0u);
}

// It was wrong when we started: a message tried but twice is not given up.
TEST(Settle, FewAttemptsAreNotEnough) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), deferred());
    desk.spool.messages.at(id).entry.arrived -= std::chrono::milliseconds(24h * 365).count();
    desk.pass(2min);
    desk.answer(desk.next_attempt(), deferred());
    EXPECT_NE(desk.spool.entry(id), nullptr);
}

TEST(Settle, AsksTheDirectoryWhereTheSenderIs) {
    Desk desk;
    desk.queue.peer_new(directory0);
    const auto id = desk.submit(Desk::envelope("info@here.example", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), failed());
    ASSERT_EQ(desk.sent.look_ups.size(), 1u);
    EXPECT_EQ(desk.sent.look_ups[0].second.address, "info@here.example");
    EXPECT_NE(desk.spool.entry(id), nullptr);
    const auto ticket = desk.sent.look_ups[0].second.ticket;
    // Unavailable now; then gone and back; then an alias for two.
    desk.queue.on(directory::Resolved{.ticket = ticket, .reply = {451, "4.3.0", ""}});
    desk.pass(11s);
    EXPECT_EQ(desk.sent.look_ups.size(), 2u);
    desk.queue.peer_gone(directory0);
    desk.queue.peer_new(directory0);
    EXPECT_EQ(desk.sent.look_ups.size(), 3u);
    desk.queue.on(directory::Resolved{.ticket = ticket,
                                      .reply = {250, "2.1.5", ""},
                                      .recipients = {Desk::local("bob@here.example"), Desk::to("eve@there.example")}});
    desk.queue.on(
        directory::Resolved{.ticket = ticket, .reply = {250, "2.1.5", ""}, .recipients = {Desk::local("again@x")}});
    desk.spool.settle_all();
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.spool.messages.size(), 1u);
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
}

// Only those the notification is about wait until it is known where it goes: what was relayed is written down, and what
// was deferred is tried again.
TEST(Settle, OnlyWhatIsToldWaitsForDirectory) {
    Desk desk;
    desk.queue.peer_new(directory0);
    const auto id = desk.submit(
        Desk::envelope("s@here.example", {Desk::to("a@x.example"), Desk::to("b@x.example"), Desk::to("c@x.example")}));
    const auto first = desk.next_attempt();
    desk.queue.on(first.peer, {.attempt = first.number, .recipients = {relayed(), failed(), deferred()}});
    desk.spool.settle_all();
    ASSERT_EQ(desk.sent.look_ups.size(), 1u);
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].pending, 0b110u);
    desk.pass(2min);
    const auto second = desk.next_attempt();
    ASSERT_EQ(second.recipients, std::vector<std::string>{"c@x.example"});
    desk.answer(second, relayed());
    desk.pass(3h);
    EXPECT_TRUE(desk.sent.attempts.empty());
    ASSERT_NE(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].pending, 0b010u);
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].attempts, 2u);
    desk.queue.on(directory::Resolved{.ticket = desk.sent.look_ups[0].second.ticket,
                                      .reply = {250, "2.1.5", ""},
                                      .recipients = {Desk::local("s@here.example")}});
    desk.spool.settle_all();
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    const auto bounce = desk.next_attempt().octets;
    EXPECT_NE(bounce.find("b@x.example"), std::string::npos);
    EXPECT_EQ(bounce.find("c@x.example"), std::string::npos);
}

// Where the notice finds no room in the journal it is tried again; the others have gone their way meanwhile.
TEST(Settle, PartsEndInAnyOrder) {
    Desk desk;
    desk.queue.peer_new(directory0);
    const auto id = desk.submit(
        Desk::envelope("s@here.example", {Desk::to("a@x.example"), Desk::to("b@x.example"), Desk::to("c@x.example")}));
    for (auto outcomes : {std::vector{failed(), deferred(), deferred()}, std::vector{failed(), deferred()}}) {
        const auto attempt = desk.next_attempt();
        ASSERT_EQ(attempt.recipients.size(), outcomes.size());
        desk.queue.on(attempt.peer, {.attempt = attempt.number, .recipients = std::move(outcomes)});
        desk.spool.settle_all();
        desk.pass(5min);
    }
    ASSERT_EQ(desk.sent.look_ups.size(), 2u);
    const auto last = desk.next_attempt();
    EXPECT_EQ(last.recipients, std::vector<std::string>{"c@x.example"});
    for (const std::size_t question : {1u, 0u}) {
        desk.queue.on(directory::Resolved{.ticket = desk.sent.look_ups[question].second.ticket,
                                          .reply = {250, "2.1.5", ""},
                                          .recipients = {Desk::local("s@here.example")}});
        desk.spool.settle_all();
    }
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].pending, 0b100u);
    desk.answer(last, relayed());
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.count(logs::Event::Bounced), 2u);
}

// A delay is told when directory can say to whom; mail does not wait for that.
TEST(Settle, DelayNoticeHoldsUpNobody) {
    Desk desk;
    desk.queue.peer_new(directory0);
    desk.submit(Desk::envelope("s@here.example", {Desk::to("a@x.example")}));
    std::size_t answered = 0;
    for (int minute = 0; minute < 8 * 60; ++minute) {
        if (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), deferred());
        desk.pass(1min);
        for (; answered < desk.sent.look_ups.size(); ++answered)
            desk.queue.on(
                directory::Resolved{.ticket = desk.sent.look_ups[answered].second.ticket, .reply = {451, "4.3.0", ""}});
        desk.spool.settle_all();
    }
    EXPECT_GT(answered, 2u);
    EXPECT_LT(answered, 10u);  // with each attempt, not oftener
    EXPECT_EQ(desk.count(logs::Event::DelayNotice), 0u);
    EXPECT_TRUE(desk.queue.is_quiet() || !desk.sent.attempts.empty());
}

// Hostile: directory may be broken into.
TEST(Settle, TakesNoNonsenseFromDirectory) {
    Desk desk;
    desk.queue.peer_new(directory0);
    const auto id = desk.submit(Desk::envelope("s@here.example", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), failed());
    auto recipient = Desk::to("s@here.example");
    recipient.smtp.original_recipient = std::string(501, 'x');
    for (const auto& nonsense : {recipient, Desk::to("a>\r\nRCPT TO:<b@c"), Desk::to("")}) {
        desk.queue.on(directory::Resolved{
            .ticket = desk.sent.look_ups.at(0).second.ticket, .reply = {250, "2.1.5", ""}, .recipients = {nonsense}});
        desk.spool.settle_all();
        EXPECT_NE(desk.spool.entry(id), nullptr);
        EXPECT_TRUE(desk.sent.attempts.empty());
    }
}

TEST(Settle, SenderThatDoesNotExistEndsTheMatter) {
    Desk desk({.double_bounce_to = ""});
    desk.queue.peer_new(directory0);
    desk.submit(Desk::envelope("gone@here.example", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), failed());
    desk.queue.on(directory::Resolved{.ticket = desk.sent.look_ups.at(0).second.ticket, .reply = {550, "5.1.1", ""}});
    desk.spool.settle_all();
    EXPECT_TRUE(desk.spool.messages.empty());
    EXPECT_EQ(desk.count(logs::Event::BounceDropped), 1u);
}

// What daemons send under a name that has no mailbox: the postmaster hears of it, once.
TEST(Settle, SenderThatDoesNotExistIsThePostmastersMatter) {
    Desk desk({.hostname = "here.example"});
    desk.queue.peer_new(directory0);
    const auto id = desk.submit(Desk::envelope("gone@here.example", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), failed());
    const auto answer = [&](directory::Resolved resolved) {
        resolved.ticket = desk.sent.look_ups.back().second.ticket;
        desk.queue.on(resolved);
        desk.spool.settle_all();
    };
    answer({.reply = {550, "5.1.1", ""}});
    ASSERT_EQ(desk.sent.look_ups.size(), 2u);
    EXPECT_EQ(desk.sent.look_ups[1].second.address, "postmaster@here.example");
    EXPECT_FALSE(desk.sent.look_ups[1].second.may_relay);
    desk.queue.on(directory::Resolved{.ticket = desk.sent.look_ups[0].second.ticket, .reply = {550, "5.1.1", ""}});
    EXPECT_NE(desk.spool.entry(id), nullptr) << "an answer to the earlier question";
    answer({.reply = {250, "2.1.5", ""}, .recipients = {Desk::local("ann@here.example")}});
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    const auto bounce = desk.next_attempt();
    EXPECT_EQ(bounce.recipients, std::vector<std::string>{"ann@here.example"});
    EXPECT_NE(bounce.octets.find("To: <postmaster@here.example>"), std::string::npos) << bounce.octets;
    desk.answer(bounce, failed());
    EXPECT_TRUE(desk.spool.messages.empty());
    EXPECT_EQ(desk.sent.look_ups.size(), 2u) << "never a third time";
    EXPECT_EQ(desk.count(logs::Event::BounceDropped), 1u);
}

TEST(Settle, DoubleBouncesStayHere) {
    for (const auto& postmaster :
         {directory::Resolved{.reply = {550, "5.1.1", ""}},
          directory::Resolved{.reply = {250, "2.1.5", ""}, .recipients = {Desk::to("ann@there.example")}}}) {
        Desk desk;
        desk.queue.peer_new(directory0);
        desk.submit(Desk::envelope("gone@here.example", {Desk::to("a@x.example")}));
        desk.answer(desk.next_attempt(), failed());
        for (auto resolved : {directory::Resolved{.reply = {550, "5.1.1", ""}}, postmaster}) {
            resolved.ticket = desk.sent.look_ups.back().second.ticket;
            desk.queue.on(resolved);
            desk.spool.settle_all();
        }
        EXPECT_TRUE(desk.spool.messages.empty());
        EXPECT_EQ(desk.count(logs::Event::BounceDropped), 1u);
    }
}

TEST(Settle, LongMessagesComeBackAsHeaderOnly) {
    Desk desk;
    desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}),
                "Subject: long\r\n\r\nneedle\r\n" + std::string(60'000, 'x') + "\r\n");
    desk.answer(desk.next_attempt(), failed());
    const auto bounce = desk.next_attempt();
    EXPECT_NE(bounce.octets.find("Subject: long"), std::string::npos);
    EXPECT_EQ(bounce.octets.find("needle"), std::string::npos);
}

// No room for the bounce: the failure waits for it, and is told once.
TEST(Settle, WaitsForRoom) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example"), Desk::to("b@x.example")}));
    desk.spool.full = true;
    auto attempt = desk.next_attempt();
    desk.queue.on(attempt.peer, {.attempt = attempt.number, .recipients = {failed(), relayed()}});
    EXPECT_NE(desk.spool.entry(id), nullptr);
    desk.pass(2min);
    desk.spool.full = false;
    attempt = desk.next_attempt();
    EXPECT_EQ(attempt.recipients, std::vector<std::string>{"a@x.example"});
    desk.answer(attempt, failed());
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.spool.messages.size(), 1u);
}

// The notification is a file of its own and does not become durable: neither does the failure.
TEST(Settle, TriesAgainWhenTheDiskFails) {
    Desk desk;
    std::vector<spool::Recipient> recipients;
    for (int i = 0; i < 64; ++i) recipients.push_back(Desk::to("r" + std::to_string(i) + "@x.example"));
    const auto id = desk.submit(Desk::envelope("s@example.net", recipients));
    auto outcome = failed();
    outcome.reply.text = std::string(2000, 'x');
    const auto attempt = desk.next_attempt();
    desk.spool.apply_on_success_only = true;
    desk.queue.on(attempt.peer, {.attempt = attempt.number, .recipients = std::vector(64, outcome)});
    desk.spool.settle(std::unexpected(spool::Failure::Failed));
    EXPECT_NE(desk.spool.entry(id), nullptr);
    EXPECT_FALSE(desk.queue.is_quiet());
    desk.pass(11s);
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.spool.messages.size(), 1u);
    EXPECT_EQ(desk.count(logs::Event::Bounced), 1u);
    EXPECT_TRUE(desk.queue.is_quiet() || !desk.sent.attempts.empty());
    EXPECT_EQ(desk.spool.open_blobs(), 0u);
}

}  // namespace
}  // namespace qmgr
