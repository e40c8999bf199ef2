#include <gtest/gtest.h>

#include "qmgr/testing/desk.h"

namespace qmgr {
namespace {

using namespace std::chrono_literals;
using testing::admind0;
using testing::deferred;
using testing::Desk;
using testing::relay0;
using testing::relayed;

void act(Desk& desk, Action action, Filter filter) {
    desk.queue.on(admind0, Act{.ticket = 1, .action = action, .filter = std::move(filter)});
    desk.pass(0ms);
    desk.spool.settle_all();
}

TEST(Admin, ListsPageByPageInOrder) {
    Desk desk;
    std::vector<spool::MessageId> ids;
    for (int i = 0; i < 450; ++i)
        ids.push_back(
            desk.submit(Desk::envelope("s@example.net", {Desk::to(i % 2 ? "a@odd.example" : "a@even.example")})));
    std::vector<spool::MessageId> seen;
    std::uint64_t after = 0;
    for (bool more = true; more;) {
        desk.queue.on(admind0, List{.ticket = 5, .filter = {.domain = "ODD.example"}, .after = after, .limit = 100});
        desk.pass(0ms);
        ASSERT_EQ(desk.sent.listed.size(), 1u);
        const auto page = desk.sent.listed.front().second;
        desk.sent.listed.pop_front();
        more = page.more;
        ASSERT_TRUE(!more || page.messages.size() == 100);
        for (const auto& message : page.messages) seen.push_back(after = message.id);
    }
    ASSERT_EQ(seen.size(), 225u);
    EXPECT_TRUE(std::ranges::is_sorted(seen));
    EXPECT_EQ(seen.front(), ids[1]);
}

admind::Listed list(Desk& desk, std::uint64_t after = 0, Filter filter = {.all = true}, std::uint32_t limit = 1000) {
    desk.queue.on(admind0, List{.ticket = 5, .filter = std::move(filter), .after = after, .limit = limit});
    desk.pass(0ms);
    if (desk.sent.listed.empty()) return {};
    auto page = std::move(desk.sent.listed.front().second);
    desk.sent.listed.pop_front();
    return page;
}

// A page is one frame of the link, however many recipients have however much to say.
TEST(Admin, PagesFitIntoAFrame) {
    Desk desk;
    constexpr std::size_t most_octets = 6 * 1024 * 1024;
    for (int i = 0; i < 60; ++i) {
        std::vector<spool::Recipient> recipients;
        for (int r = 0; r < 200; ++r) recipients.push_back(Desk::to(std::string(900, 'a') + std::to_string(r) + "@x"));
        desk.submit(Desk::envelope("s@example.net", recipients));
    }
    std::size_t messages = 0;
    std::uint64_t after = 0;
    for (bool more = true; more;) {
        const auto page = list(desk, after);
        ASSERT_FALSE(page.messages.empty());
        std::size_t octets = 0;
        for (const auto& message : page.messages)
            for (const auto& recipient : message.recipients) octets += recipient.address.size() + 100;
        EXPECT_LT(octets, most_octets);
        messages += page.messages.size();
        after = page.messages.back().id;
        more = page.more;
    }
    EXPECT_EQ(messages, 60u);
}

TEST(Admin, SaysHowManyRecipientsThereWasNoRoomFor) {
    Desk desk;
    std::vector<spool::Recipient> recipients;
    for (int r = 0; r < 5000; ++r) recipients.push_back(Desk::to(std::string(900, 'a') + std::to_string(r) + "@x"));
    desk.submit(Desk::envelope("s@example.net", recipients));
    const auto page = list(desk);
    ASSERT_EQ(page.messages.size(), 1u);
    EXPECT_LT(page.messages[0].recipients.size(), 1500u);
    EXPECT_EQ(page.messages[0].recipients.size() + page.messages[0].left_out, 5000u);
}

TEST(Admin, ListingNothingSpoilsNobodysPages) {
    Desk desk;
    for (int i = 0; i < 20; ++i) desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    const auto first = list(desk, 0, {.all = true}, 10);
    EXPECT_TRUE(first.more);
    desk.queue.on(admind0, List{.ticket = 4, .filter = {}});
    EXPECT_TRUE(list(desk, first.messages.back().id, {.all = true}, 10).messages.empty());  // the answer to the other
    EXPECT_EQ(desk.sent.listed.at(0).second.messages.size(), 10u);
}

// Its successor numbers its requests from the beginning.
TEST(Admin, OrdersEndWithWhoGaveThem) {
    Desk desk;
    for (int i = 0; i < 300; ++i) desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    desk.queue.on(admind0, Act{.ticket = 1, .action = Action::Hold, .filter = {.all = true}});
    desk.queue.tick();
    EXPECT_EQ(desk.count(logs::Event::Held), 100u);
    desk.queue.peer_gone(admind0);
    desk.queue.peer_new(admind0);
    desk.pass(0ms);
    desk.spool.settle_all();
    EXPECT_EQ(desk.count(logs::Event::Held), 100u);
    EXPECT_TRUE(desk.sent.acted.empty());
    desk.queue.on(admind0, Act{.ticket = 1, .action = Action::Hold, .filter = {.id = 300}});
    desk.queue.tick();
    desk.queue.peer_gone(admind0);
    desk.spool.settle_all();
    EXPECT_TRUE(desk.sent.acted.empty());
}

TEST(Admin, PausesWhatLeavesButNotWhatComes) {
    Desk desk;
    const auto pause = [&](Traffic traffic, bool is_over) {
        desk.queue.on(admind0, Pause{.ticket = 7, .traffic = traffic, .is_over = is_over});
        EXPECT_EQ(desk.sent.totals.back().second.ticket, 7u);
        return desk.sent.totals.back().second;
    };
    auto local = Desk::to("u@l.example");
    local.transport = spool::Transport::Local;
    const auto send_both = [&] {
        desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
        desk.submit(Desk::envelope("s@example.net", {local}));
        desk.pass(0ms);
    };
    EXPECT_TRUE(pause(Traffic::All, false).local_is_paused);
    send_both();
    EXPECT_EQ(desk.sent.attempts.size(), 0u);
    desk.queue.on(admind0, Act{.ticket = 1, .action = Action::Retry, .filter = {.all = true}});
    desk.pass(1h);
    EXPECT_EQ(desk.sent.attempts.size(), 0u) << "whatever becomes due";
    const auto totals = pause(Traffic::Remote, true);
    EXPECT_TRUE(totals.local_is_paused);
    EXPECT_FALSE(totals.remote_is_paused);
    EXPECT_NE(totals.oldest, 0);
    ASSERT_EQ(desk.sent.attempts.size(), 1u);
    EXPECT_EQ(desk.sent.attempts[0].recipients, std::vector<std::string>{"a@x.example"});
    pause(Traffic::All, true);
    ASSERT_EQ(desk.sent.attempts.size(), 2u);
    EXPECT_EQ(desk.sent.attempts[1].recipients, std::vector<std::string>{"u@l.example"});
    EXPECT_EQ(desk.count(logs::Event::DeliveriesPaused), 2u) << "local and remote, once each";
    EXPECT_EQ(desk.count(logs::Event::DeliveriesContinued), 2u);
}

TEST(Admin, ShowsWhatIsKnown) {
    Desk desk;
    desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example"), Desk::to("b@x.example")}));
    const auto attempt = desk.next_attempt();
    desk.queue.on(relay0, {.attempt = attempt.number, .recipients = {relayed(), deferred()}});
    desk.queue.on(admind0, List{.ticket = 5, .filter = {.all = true}});
    desk.pass(0ms);
    const auto& message = desk.sent.listed.at(0).second.messages.at(0);
    EXPECT_EQ(message.reverse_path, "s@example.net");
    EXPECT_TRUE(message.recipients.at(0).done);
    EXPECT_FALSE(message.recipients.at(1).done);
    EXPECT_EQ(message.recipients[1].attempts, 1);
    EXPECT_EQ(message.recipients[1].destination, "mx:x.example");
    EXPECT_EQ(message.recipients[1].diagnostic, "450 4.2.1 Later (mx[192.0.2.1]:25)");
}

TEST(Admin, EmptyFilterMeansNobody) {
    Desk desk;
    desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    act(desk, Action::Remove, {});
    EXPECT_EQ(desk.spool.messages.size(), 1u);
    EXPECT_EQ(desk.sent.acted.at(0).second.messages, 0u);
}

TEST(Admin, FiltersAreConjunctions) {
    Desk desk;
    desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    act(desk, Action::Hold, {.from = "<>"});
    act(desk, Action::Hold, {.from = "S@EXAMPLE.net", .to = "b@x.example"});
    EXPECT_EQ(desk.sent.acted.at(0).second.messages, 1u);
    EXPECT_EQ(desk.sent.acted.at(1).second.messages, 0u);
}

TEST(Admin, HoldAndRelease) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), deferred());
    act(desk, Action::Hold, {.id = id});
    EXPECT_TRUE(desk.sent.acted.at(0).second.durable);
    desk.pass(24h * 10);
    EXPECT_TRUE(desk.sent.attempts.empty());
    act(desk, Action::Retry, {.id = id});
    EXPECT_TRUE(desk.sent.attempts.empty());
    act(desk, Action::Release, {.id = id});
    desk.pass(0ms);
    EXPECT_EQ(desk.sent.attempts.size(), 1u);
}

TEST(Admin, HoldDuringAnAttemptLastsBeyondIt) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    act(desk, Action::Hold, {.id = id});
    desk.answer(desk.next_attempt(), deferred());
    desk.pass(10h);
    EXPECT_TRUE(desk.sent.attempts.empty());
    EXPECT_TRUE(desk.spool.entry(id)->tasks[0].held);
}

TEST(Admin, RetryDoesNotMultiplyAttempts) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), deferred());
    for (int i = 0; i < 20; ++i) {
        act(desk, Action::Retry, {.id = id});
        ASSERT_EQ(desk.sent.attempts.size(), 1u);
        desk.answer(desk.next_attempt(), deferred());
    }
    const auto before = desk.spool.entry(id)->tasks[0].attempts;
    desk.pass(70min);
    if (!desk.sent.attempts.empty()) desk.answer(desk.next_attempt(), deferred());
    desk.pass(5min);
    EXPECT_LE(desk.spool.entry(id)->tasks[0].attempts, before + 2);
}

TEST(Admin, RetryWakesADeadDestination) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    desk.submit(Desk::envelope("", {Desk::to("a@x.example")}));
    for (int i = 0; i < 2; ++i) {
        desk.answer(desk.next_attempt(), deferred(), Destination::Unreachable);
        desk.pass(0ms);
    }
    desk.sent.attempts.clear();
    act(desk, Action::Retry, {.id = id});
    EXPECT_EQ(desk.sent.attempts.size(), 1u);
}

// Linearizable with a delivery under way: whatever comes back finds the message gone.
TEST(Admin, RemoveDuringAnAttempt) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    act(desk, Action::Remove, {.id = id});
    EXPECT_TRUE(desk.spool.messages.empty());
    desk.answer(desk.next_attempt(), testing::failed());
    EXPECT_TRUE(desk.spool.messages.empty());
    EXPECT_EQ(desk.queue.in_flight(), 0u);
}

TEST(Admin, BounceTellsTheSender) {
    Desk desk;
    const auto waiting = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    desk.answer(desk.next_attempt(), deferred());
    act(desk, Action::Bounce, {.id = waiting});
    EXPECT_EQ(desk.sent.acted.at(0).second.messages, 1u);
    EXPECT_EQ(desk.spool.entry(waiting), nullptr);
    EXPECT_EQ(desk.next_attempt().recipients[0], "s@example.net");

    const auto flying = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@y.example")}));
    act(desk, Action::Bounce, {.id = flying});
    EXPECT_NE(desk.spool.entry(flying), nullptr);
    desk.answer(desk.next_attempt(), deferred());
    EXPECT_EQ(desk.spool.entry(flying), nullptr);
    EXPECT_EQ(desk.count(logs::Event::Bounced), 2u);
}

// It cannot be called back: a delivery that succeeds counts. So the administrator is told, and sees it in the list.
TEST(Admin, SaysWhatIsUnderWay) {
    Desk desk;
    const auto id = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example")}));
    EXPECT_FALSE(list(desk).messages.at(0).recipients.at(0).will_bounce);
    act(desk, Action::Bounce, {.id = id});
    EXPECT_EQ(desk.sent.acted.at(0).second.messages, 1u);
    EXPECT_EQ(desk.sent.acted.at(0).second.under_way, 1u);
    EXPECT_EQ(desk.count(logs::Event::BounceRequested), 1u);
    EXPECT_TRUE(list(desk).messages.at(0).recipients.at(0).will_bounce);
    act(desk, Action::Remove, {.id = id});
    EXPECT_EQ(desk.sent.acted.at(1).second.under_way, 1u);

    const auto waiting = desk.submit(Desk::envelope("s@example.net", {Desk::to("a@y.example")}));
    desk.sent.attempts.pop_front();
    desk.answer(desk.next_attempt(), deferred());
    act(desk, Action::Bounce, {.id = waiting});
    EXPECT_EQ(desk.sent.acted.at(2).second.under_way, 0u);
}

TEST(Admin, CountsAndFetches) {
    Desk desk;
    const auto id =
        desk.submit(Desk::envelope("s@example.net", {Desk::to("a@x.example"), Desk::to("b@y.example")}), "\r\nhello");
    desk.queue.on(admind0, Count{.ticket = 3});
    const auto totals = desk.sent.totals.at(0).second;
    EXPECT_EQ(totals.messages, 1u);
    EXPECT_EQ(totals.recipients, 2u);
    EXPECT_EQ(totals.in_flight, 2u);
    EXPECT_EQ(totals.octets, 7u);
    desk.queue.on(admind0, Fetch{.ticket = 4, .id = id});
    desk.queue.on(admind0, Fetch{.ticket = 4, .id = id + 1});
    EXPECT_EQ(desk.sent.contents, (std::vector<std::string>{"\r\nhello", ""}));
}

}  // namespace
}  // namespace qmgr
