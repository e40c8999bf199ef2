// Mail that its sender wants released later: RFC 4865.
#include <gtest/gtest.h>

#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using namespace std::chrono_literals;
using testing::admind0;
using testing::deferred;
using testing::Desk;
using testing::relayed;
using testing::smtpd;

struct ReleaseTest : ::testing::Test {
    spool::MessageId submit(milliseconds from_now) {
        const std::string octets = "Subject: test\r\n\r\nbody\r\n";
        desk.queue.on(
            smtpd, Submit{.ticket = ++desk.tickets,
                          .envelope = Desk::envelope("a@b.example", {Desk::to("c@d.example"), Desk::to("e@f.example")}),
                          .octets = octets,
                          .size = octets.size(),
                          .release = (desk.clock.wall() + from_now).time_since_epoch().count()});
        desk.spool.settle_all();
        return desk.sent.committed.empty() ? 0 : desk.sent.committed.back().second.id;
    }
    admind::QueuedMessage listed(spool::MessageId id) {
        desk.queue.on(admind0, List{.ticket = 1, .filter = {.id = id}});
        desk.pass(0ms);
        return desk.sent.listed.back().second.messages.at(0);
    }
    void order(Action action, spool::MessageId id) {
        desk.queue.on(admind0, Act{.ticket = 2, .action = action, .filter = {.id = id}});
        desk.pass(0ms);
        desk.spool.settle_all();
        desk.pass(0ms);
    }
    static Settings without_delay_notices() {
        Settings settings;
        settings.delay_notice = 0h;
        return settings;
    }
    Desk desk{without_delay_notices()};
};

// It is ours at once, and waits longer than any retry would.
TEST_F(ReleaseTest, IsNotTriedBefore) {
    const auto id = submit(48h);
    ASSERT_NE(id, 0u);
    EXPECT_EQ(desk.count(logs::Event::Held), 1u);
    EXPECT_TRUE(listed(id).recipients.at(0).awaits_release);
    desk.pass(47h + 59min);
    EXPECT_TRUE(desk.sent.attempts.empty());
    desk.pass(1min);
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
    EXPECT_FALSE(listed(id).recipients.at(0).awaits_release);
    desk.answer(desk.next_attempt(), relayed());
    desk.answer(desk.next_attempt(), relayed());
    EXPECT_EQ(desk.spool.entry(id), nullptr);
}

TEST_F(ReleaseTest, IsNotTheOldestBefore) {
    const auto oldest = [&] {
        desk.queue.on(admind0, Count{.ticket = 3});
        return desk.sent.totals.back().second.oldest;
    };
    ASSERT_NE(submit(48h), 0u);
    EXPECT_EQ(oldest(), 0);
    desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    const auto now = desk.clock.wall().time_since_epoch().count();
    EXPECT_EQ(oldest(), now);
    desk.pass(48h);
    EXPECT_EQ(oldest(), now);
}

TEST_F(ReleaseTest, OfATimeThatHasPassedIsNow) {
    ASSERT_NE(submit(-1h), 0u);
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
    EXPECT_EQ(desk.count(logs::Event::Held), 0u);
}

// Patience counts from the release.
TEST_F(ReleaseTest, IsWhereItsPatienceBegins) {
    const auto id = submit(240h);
    desk.pass(240h);
    for (int hours = 0; hours < 119; ++hours) {
        while (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), deferred());
        desk.pass(1h);
    }
    ASSERT_NE(desk.spool.entry(id), nullptr);
    EXPECT_EQ(desk.count(logs::Event::Expired), 0u);
    for (int hours = 0; hours < 4; ++hours) {
        while (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), deferred());
        desk.pass(1h);
    }
    EXPECT_EQ(desk.count(logs::Event::Expired), 2u);
}

// So does the delay that its sender is told of.
TEST_F(ReleaseTest, IsWhereItsDelayBegins) {
    Settings settings;
    settings.delay_notice = 4h;
    desk.queue.configure(Desk::without_directory(settings));
    submit(48h);
    desk.pass(48h);
    for (int hours = 0; hours < 6; ++hours) {
        while (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), deferred());
        if (hours < 4) EXPECT_EQ(desk.count(logs::Event::DelayNotice), 0u) << hours;
        desk.pass(1h);
    }
    EXPECT_GT(desk.count(logs::Event::DelayNotice), 0u);
}

TEST_F(ReleaseTest, ComesEarlierByRequest) {
    const auto id = submit(48h);
    order(Action::Retry, id);  // that is done to a whole queue, after an outage
    EXPECT_TRUE(desk.sent.attempts.empty());
    order(Action::Release, id);
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
    while (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), deferred());
    EXPECT_FALSE(listed(id).recipients.at(0).awaits_release) << "the schedule is that of others now";
    desk.pass(2min);
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
    while (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), relayed());
}

// A machine may start with a clock that is wrong, and have it set.
TEST_F(ReleaseTest, KeepsToTheClockOnTheWallThoughItBeSet) {
    submit(48h);
    desk.clock.set_wall_forward(-24h);
    desk.pass(49h);
    EXPECT_TRUE(desk.sent.attempts.empty()) << "by the clock it is not time yet";
    desk.pass(24h);
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
}

TEST_F(ReleaseTest, IsKeptWhileAnAdministratorHoldsIt) {
    const auto id = submit(48h);
    order(Action::Hold, id);
    EXPECT_TRUE(listed(id).recipients.at(0).held);
    desk.pass(72h);
    EXPECT_TRUE(desk.sent.attempts.empty());
    order(Action::Release, id);
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
}

// Hostile: no submitter can hold anything for ever.
TEST_F(ReleaseTest, HasAnEnd) {
    ASSERT_NE(submit(24h * 5000), 0u);
    desk.pass(24h * 366);
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
}

// A queue that starts finds it again; the clock that says how long it is still to wait is the wall's.
TEST_F(ReleaseTest, SurvivesAStart) {
    const auto id = submit(48h);
    desk.clock.pass(24h);
    Queue again(Desk::without_directory({}), desk.spool, desk.clock, desk.sent, desk.random,
                [](logs::Event, spool::MessageId, logs::Fields) {});
    again.start();
    for (const auto peer : {smtpd, testing::relay0, testing::deliver0}) again.peer_new(peer);
    again.tick();
    EXPECT_TRUE(desk.sent.attempts.empty());
    desk.clock.pass(23h + 59min);
    again.tick();
    EXPECT_TRUE(desk.sent.attempts.empty());
    desk.clock.pass(1min);
    again.tick();
    EXPECT_EQ(desk.sent.attempts.size(), 2u);
    EXPECT_NE(desk.spool.entry(id), nullptr);
}

}  // namespace
}  // namespace qmgr
