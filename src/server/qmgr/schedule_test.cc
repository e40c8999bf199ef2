#include <gtest/gtest.h>

#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using namespace std::chrono_literals;
using testing::deferred;
using testing::deliver0;
using testing::delivered;
using testing::Desk;
using testing::relay0;
using testing::relay1;
using testing::relayed;

TEST(Schedule, SuccessEndsTheMessage) {
    Desk desk;
    const auto id =
        desk.submit(Desk::envelope("a@example.net", {Desk::to("b@example.com"), Desk::local("c@here.example")}));
    for (int i = 0; i < 2; ++i) {
        const auto attempt = desk.next_attempt();
        EXPECT_EQ(attempt.peer, attempt.recipients[0] == "c@here.example" ? deliver0 : relay0);
        desk.answer(attempt, attempt.peer == relay0 ? relayed() : delivered());
    }
    EXPECT_EQ(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.count(logs::Event::Removed), 1u);
    EXPECT_EQ(desk.queue.in_flight(), 0u);
    desk.pass(1h);
    EXPECT_FALSE(desk.queue.deadline());
    EXPECT_EQ(desk.spool.flushes, 1u);
}

TEST(Schedule, DefersByTheRetrySchedule) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("", {Desk::to("b@example.com")}));
    const RetrySchedule schedule(1min, 1h);
    for (std::uint32_t n = 1; n <= 20; ++n) {
        ASSERT_EQ(desk.sent.attempts.size(), 1u) << n;
        desk.answer(desk.next_attempt(), deferred());
        const auto wait = schedule.wait_after(n);
        desk.pass(wait * 89 / 100);
        EXPECT_TRUE(desk.sent.attempts.empty()) << n;
        desk.pass(wait * 22 / 100);
    }
    const auto& task = desk.spool.entry(id)->tasks[0];
    EXPECT_EQ(task.attempts, 20);
    EXPECT_EQ(desk.spool.diagnostic(task.diagnostic), "450 4.2.1 Later (mx[192.0.2.1]:25)");
}

TEST(Schedule, OnlyTheDeferredRecipientsAreTriedAgain) {
    Desk desk;
    desk.submit(Desk::envelope("", {Desk::to("a@x.example"), Desk::to("b@x.example"), Desk::to("c@x.example")}));
    auto attempt = desk.next_attempt();
    desk.queue.on(relay0, {.attempt = attempt.number, .recipients = {relayed(), deferred(), testing::failed()}});
    desk.pass(2min);
    attempt = desk.next_attempt();
    EXPECT_EQ(attempt.recipients, std::vector<std::string>{"b@x.example"});
}

// An outcome counts only for an attempt that is open with the peer that reports it.
TEST(Schedule, OutcomesOfOthersDoNotCount) {
    Desk desk;
    desk.queue.peer_new(relay1);
    const auto id = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    auto attempt = desk.next_attempt();
    const Peer other = attempt.peer == relay0 ? relay1 : relay0;
    desk.queue.on(other, {.attempt = attempt.number, .recipients = {relayed()}});
    desk.queue.on(attempt.peer, {.attempt = attempt.number + 1, .recipients = {relayed()}});
    EXPECT_NE(desk.spool.entry(id), nullptr);
    desk.queue.on(attempt.peer,
                  {.attempt = attempt.number, .recipients = {relayed(), relayed()}});  // too many: nonsense
    ASSERT_NE(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].attempts, 1);
}

TEST(Schedule, LostAttemptsAreReadyAgain) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    desk.next_attempt();
    desk.queue.peer_gone(relay0);
    EXPECT_TRUE(desk.sent.attempts.empty());
    desk.queue.peer_new(relay0);
    const auto again = desk.next_attempt();
    EXPECT_EQ(again.message, id);
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].attempts, 0);
    // A message that kills whoever has it must not do so in a circle.
    desk.queue.peer_gone(relay0);
    desk.queue.peer_new(relay0);
    EXPECT_TRUE(desk.sent.attempts.empty());
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].attempts, 1);
    desk.pass(2min);
    EXPECT_EQ(desk.sent.attempts.size(), 1u);
}

TEST(Schedule, SuspectsAreForgottenWithTheirMessage) {
    Desk desk;
    const auto removed = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    const auto bounced = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    desk.queue.peer_gone(relay0);
    EXPECT_EQ(desk.queue.suspects(), 2u);
    desk.queue.on(testing::admind0, Act{.action = Action::Remove, .filter = {.id = removed}});
    desk.queue.on(testing::admind0, Act{.action = Action::Bounce, .filter = {.id = bounced}});
    desk.pass(0ms);
    EXPECT_EQ(desk.spool.entry(bounced), nullptr);
    EXPECT_EQ(desk.queue.suspects(), 0u);
}

// A process that ends gives back what it has not begun with: nothing was tried, so nothing is counted or written.
TEST(Schedule, WhatWasNotBegunCostsNothing) {
    Desk desk;
    desk.queue.peer_new(relay1);
    const auto id = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    const auto first = desk.next_attempt();
    desk.queue.on(first.peer, {.attempt = first.number, .was_begun = false});
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].attempts, 0);
    EXPECT_EQ(desk.spool.submitted(), 0u);
    const auto second = desk.next_attempt();
    EXPECT_EQ(second.message, id);
    EXPECT_NE(second.peer, first.peer) << "who is leaving gets no more";
    desk.queue.on(second.peer, {.attempt = second.number, .was_begun = false});
    EXPECT_TRUE(desk.sent.attempts.empty());
    desk.queue.peer_new(first.peer);
    EXPECT_EQ(desk.next_attempt().peer, first.peer) << "another of that name does";
    EXPECT_EQ(desk.count(logs::Event::Deferred), 0u);
}

TEST(Schedule, WhatWasNotBegunWaitsForTheNextLifeAfterAStop) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    const auto attempt = desk.next_attempt();
    desk.queue.stop();
    desk.queue.on(attempt.peer, {.attempt = attempt.number, .was_begun = false});
    EXPECT_TRUE(desk.queue.is_quiet());
    EXPECT_TRUE(desk.sent.attempts.empty());
    EXPECT_EQ(desk.spool.entry(id)->tasks[0].attempts, 0);
}

// One slow destination does not hold up others (10,000 messages for it, and one for another).
TEST(Schedule, SlowDestinationHoldsUpNobody) {
    Desk desk;
    for (int i = 0; i < 10'000; ++i) desk.bring(Desk::envelope("", {Desk::to("a@slow.example")}));
    desk.spool.settle_all();
    EXPECT_EQ(desk.sent.attempts.size(), 5u);
    desk.submit(Desk::envelope("", {Desk::to("a@fast.example")}));
    EXPECT_EQ(desk.sent.attempts.back().destination, "mx:fast.example");
}

TEST(Schedule, SharesBetweenRelaysAndTellsThemTheirConnections) {
    Desk desk;
    desk.queue.peer_new(relay1);
    for (int i = 0; i < 4; ++i) desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    int first = 0;
    for (const auto& attempt : desk.sent.attempts) first += attempt.peer == relay0;
    EXPECT_EQ(first, 2);
    ASSERT_EQ(desk.sent.connections.size(), 2u);
    EXPECT_EQ(desk.sent.connections[0].second.most, 10u);
}

TEST(Schedule, RelaysHearOfOtherConnectionsAfterAReload) {
    Desk desk;
    Settings settings = Desk::without_directory({});
    for (const std::uint32_t most : {20u, 7u, 0u}) {
        settings.connections_per_destination = most;
        desk.queue.configure(settings);
        desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));  // tried as long as the reload takes
    }
    ASSERT_EQ(desk.sent.connections.size(), 3u);
    EXPECT_EQ(desk.sent.connections[1].second.most, 7u);
    EXPECT_EQ(desk.sent.connections[2].second.most, 1u);
}

TEST(Schedule, OctetsInFlightAreBounded) {
    Desk desk({.octets_per_peer = 100'000});
    for (int i = 0; i < 20; ++i)
        desk.submit(Desk::envelope("", {Desk::to("a@x" + std::to_string(i) + ".example")}),
                    "\r\n" + std::string(40'000, 'x'));
    EXPECT_EQ(desk.sent.attempts.size(), 3u);
    desk.answer(desk.next_attempt(), relayed());
    EXPECT_EQ(desk.sent.attempts.size(), 3u);
}

TEST(Schedule, DeadDestinationBurnsNobodysAttempts) {
    Desk desk;
    for (int i = 0; i < 100; ++i) desk.submit(Desk::envelope("s@example.net", {Desk::to("a@dead.example")}));
    std::size_t tried = 0;
    const auto fail_all = [&] {
        while (!desk.sent.attempts.empty()) {
            desk.answer(desk.next_attempt(), deferred(), Destination::Unreachable);
            ++tried;
        }
    };
    for (int minute = 0; minute < 60; ++minute) {
        fail_all();
        desk.pass(1min);
    }
    EXPECT_LT(tried, 20u);
    std::size_t untried = 0;
    for (const auto& [id, message] : desk.spool.messages) untried += message.entry.tasks[0].attempts == 0;
    EXPECT_GT(untried, 80u);
    EXPECT_GE(desk.count(logs::Event::DestinationDown), 3u);
}

TEST(Schedule, StartsWithWhatTheSpoolHolds) {
    Desk desk;
    for (int i = 0; i < 10; ++i) desk.submit(Desk::envelope("", {Desk::to("a@x" + std::to_string(i) + ".example")}));
    testing::Recorder sent;
    Queue second({}, desk.spool, desk.clock, sent, desk.random, [](auto, auto, auto) {});
    for (auto& [id, message] : desk.spool.messages)
        for (auto& task : message.entry.tasks) task.destination = 0;
    second.start();
    second.peer_new(relay0);
    second.tick();
    EXPECT_EQ(sent.attempts.size(), 10u);
}

// A relay may still hold attempts of the queue's earlier life; none may be taken for another.
TEST(Schedule, NumbersOfAttemptsDoNotRepeat) {
    Desk desk;
    for (int i = 0; i < 10; ++i) desk.submit(Desk::envelope("", {Desk::to("a@x" + std::to_string(i) + ".example")}));
    std::uint64_t last = 0;
    for (const auto& attempt : desk.sent.attempts) last = std::max(last, attempt.number);
    desk.clock.pass(2ms);
    testing::Recorder sent;
    Queue second({}, desk.spool, desk.clock, sent, desk.random, [](auto, auto, auto) {});
    for (auto& [id, message] : desk.spool.messages) message.entry.tasks[0].destination = 0;
    second.start();
    second.peer_new(relay0);
    second.tick();
    ASSERT_EQ(sent.attempts.size(), 10u);
    for (const auto& attempt : sent.attempts) EXPECT_GT(attempt.number, last);
    EXPECT_LT(last, std::uint64_t{1} << 53);
}

TEST(Schedule, RoutesAreAppliedAnew) {
    Desk desk;
    desk.submit(Desk::envelope("", {Desk::to("a@x.example"), Desk::to("b@y.example")}));
    desk.answer(desk.next_attempt(), deferred());
    const auto in_flight = desk.next_attempt();
    desk.queue.configure({.routes = {{"*", "gate:2525"}}});
    desk.pass(2min);
    EXPECT_EQ(desk.next_attempt().destination, "smtp:gate:2525");
    desk.answer(in_flight, deferred());
    desk.pass(2min);
    EXPECT_EQ(desk.next_attempt().destination, "smtp:gate:2525");
}

// Grouped for one gateway, and now they go their own ways: one after another, nobody is forgotten.
TEST(Schedule, TasksSplitWhenRoutesChange) {
    Desk desk({.routes = {{"*", "gate"}}});
    const auto id =
        desk.submit(Desk::envelope("", {Desk::to("a@x.example"), Desk::to("b@y.example"), Desk::to("c@x.example")}));
    auto attempt = desk.next_attempt();
    EXPECT_EQ(attempt.recipients.size(), 3u);
    desk.answer(attempt, deferred());
    desk.queue.configure({});
    desk.pass(2min);
    attempt = desk.next_attempt();
    EXPECT_EQ(attempt.destination, "mx:x.example");
    EXPECT_EQ(attempt.recipients.size(), 2u);
    desk.answer(attempt, deferred());
    desk.pass(5min);
    attempt = desk.next_attempt();
    EXPECT_EQ(attempt.destination, "mx:y.example");
    desk.answer(attempt, relayed());
    desk.pass(5min);
    attempt = desk.next_attempt();
    EXPECT_EQ(attempt.destination, "mx:x.example");
    desk.answer(attempt, relayed());
    EXPECT_EQ(desk.spool.entry(id), nullptr);
}

TEST(Schedule, DiscardAndErrorRoutesNeedNobody) {
    Desk desk({.routes = {{"hole.example", "discard"}, {"gone.example", "error:5.1.2 no more"}}});
    desk.submit(Desk::envelope("s@example.net", {Desk::to("a@hole.example"), Desk::to("b@gone.example")}));
    ASSERT_EQ(desk.sent.attempts.size(), 1u);
    const auto bounce = desk.next_attempt();
    EXPECT_EQ(bounce.recipients[0], "s@example.net");
    EXPECT_NE(bounce.octets.find("5.1.2 no more"), std::string::npos);
    EXPECT_EQ(desk.count(logs::Event::Delivered), 1u);
}

// The clock is set back a day: mail is not delayed by it.
TEST(Schedule, WallClockDoesNotDelayMail) {
    Desk desk;
    desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), deferred());
    desk.clock.set_wall_forward(-24h);
    desk.pass(2min);
    EXPECT_EQ(desk.sent.attempts.size(), 1u);
}

TEST(Schedule, StopsGivingOutButStillTakes) {
    Desk desk;
    desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    desk.queue.stop();
    EXPECT_FALSE(desk.queue.is_quiet());
    desk.submit(Desk::envelope("", {Desk::to("b@x.example")}));
    EXPECT_EQ(desk.sent.committed.size(), 2u);
    EXPECT_EQ(desk.sent.attempts.size(), 1u);
    desk.answer(desk.next_attempt(), relayed());
    EXPECT_TRUE(desk.queue.is_quiet());
}

TEST(Schedule, UnreadableMessagesAreHeldOrTriedLater) {
    Desk desk;
    desk.spool.unreadable = file::Error{.number = 5, .call = "pread"};
    const auto id = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    EXPECT_TRUE(desk.sent.attempts.empty());
    desk.spool.unreadable.reset();
    desk.pass(2min);
    ASSERT_EQ(desk.sent.attempts.size(), 1u);
    desk.answer(desk.next_attempt(), deferred());
    desk.spool.unreadable = file::Error{.number = EBADMSG, .call = "load"};
    desk.pass(1h);
    EXPECT_TRUE(desk.spool.entry(id)->tasks[0].held);
}

}  // namespace
}  // namespace qmgr
