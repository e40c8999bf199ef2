#include "reader/desk.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace reader {
namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using Refusal = pop3d::Opened::Refusal;

struct MovedClock final : clocks::Clock {
    clocks::Wall wall() const override { return {}; }
    clocks::Steady steady() const override { return now; }
    clocks::Steady now{std::chrono::milliseconds(0)};
};

struct DeskTest : testing::Test {
    static Grant grant(std::uint64_t key, std::uint8_t holder = 0, std::string home = "/home/joe") {
        return {.key = {key, key},
                .holder = holder,
                .account = "joe",
                .mailbox = {.ticket = 0,
                            .found = directory::Found::Yes,
                            .user = "joe",
                            .uid = 1000,
                            .gid = 1000,
                            .home = std::move(home),
                            .path = "Maildir"}};
    }
    static Open open(std::uint64_t ticket, std::uint64_t key) { return {ticket, {key, key}}; }

    MovedClock clock;
    std::vector<std::string> started;  // homes
    std::vector<std::string> answers;  // "holder:ticket:refusal"
    std::vector<std::string> troubles;
    std::int64_t pid = 100;
    Desk desk{clock,
              {.mail_directory = "/var/mail/hermod", .most = 5, .most_waiting = 2},
              {.start = [this](const owner::Place& place) -> std::expected<owner::Started, std::string> {
                   started.push_back(place.home);
                   return owner::Started{++pid, file::Descriptor(::dup(0))};
               },
               .watch = [](std::int64_t) {},
               .answer =
                   [this](std::uint8_t holder, const pop3d::Opened& opened) {
                       EXPECT_EQ(bool(opened.worker), opened.refusal == Refusal::None);
                       answers.push_back(std::to_string(holder) + ":" + std::to_string(opened.ticket) + ":" +
                                         std::to_string(static_cast<int>(opened.refusal)));
                   },
               .on_trouble = [this](const std::string&, const std::string& why) { troubles.push_back(why); }}};
};

TEST_F(DeskTest, OpensTheMailboxOfTheGrantOnce) {
    desk.take(grant(7));
    desk.take(0, open(1, 7));
    EXPECT_THAT(started, ElementsAre("home/joe"));
    desk.take(0, open(2, 7));
    clock.now += 6s;
    desk.sweep();
    EXPECT_THAT(answers, ElementsAre("0:1:0", "0:2:1"));
    EXPECT_EQ(started.size(), 1u);
}

TEST_F(DeskTest, EitherMayComeFirst) {
    desk.take(0, open(1, 7));
    EXPECT_TRUE(answers.empty());
    desk.take(grant(7));
    EXPECT_THAT(answers, ElementsAre("0:1:0"));
    EXPECT_FALSE(desk.is_waiting());
}

// Hostile: one pop3d broken into is no reason that it gets what another was given.
TEST_F(DeskTest, AKeyIsGoodForItsHolderAlone) {
    desk.take(grant(7, 1));
    desk.take(0, open(1, 7));
    EXPECT_TRUE(started.empty());
    desk.take(1, open(9, 7));
    EXPECT_THAT(answers, ElementsAre("1:9:0"));
    clock.now += 6s;
    desk.sweep();
    EXPECT_EQ(answers.back(), "0:1:1");
}

// Hostile: nor does guessing lead anywhere, or fill the memory.
TEST_F(DeskTest, FewMayWaitForAGrant) {
    for (std::uint64_t i = 1; i <= 4; ++i) desk.take(0, open(i, i));
    EXPECT_THAT(answers, ElementsAre("0:3:1", "0:4:1"));
    desk.forget(0);
    EXPECT_FALSE(desk.is_waiting());
}

TEST_F(DeskTest, GrantsGrowOld) {
    desk.take(grant(7));
    clock.now += 61s;
    desk.sweep();
    EXPECT_FALSE(desk.is_waiting());
    desk.take(grant(8));
    desk.forget(0);
    desk.take(0, open(1, 8));
    EXPECT_TRUE(started.empty());
}

TEST_F(DeskTest, WorkersHaveLimits) {
    const auto log_in = [&](std::uint64_t n, const std::string& home) {
        desk.take(grant(n, 0, home));
        desk.take(0, open(n, n));
    };
    for (std::uint64_t n = 1; n <= 5; ++n) log_in(n, "/home/joe");
    EXPECT_EQ(answers.back(), "0:5:1");  // the fifth of one mailbox
    EXPECT_EQ(desk.workers(), 4u);
    log_in(6, "/home/ann");
    EXPECT_EQ(answers.back(), "0:6:0");
    log_in(7, "/home/bob");
    EXPECT_EQ(answers.back(), "0:7:1");  // the sixth of all
    desk.ended(101);
    log_in(8, "/home/joe");
    EXPECT_EQ(answers.back(), "0:8:0");
    desk.ended(999);
    EXPECT_EQ(desk.workers(), 5u);
}

TEST_F(DeskTest, WhatIsNoMailboxIsNotOpened) {
    auto mbox = grant(1);
    mbox.mailbox.format = directory::Format::Mbox;
    auto root = grant(2);
    root.mailbox.uid = 0;
    auto elsewhere = grant(3);
    elsewhere.mailbox.home = "/home/../etc";
    std::uint64_t n = 0;
    for (auto& each : {mbox, root, elsewhere}) {
        desk.take(each);
        desk.take(0, {++n, each.key});
    }
    EXPECT_THAT(answers, ElementsAre("0:1:2", "0:2:2", "0:3:2"));
    EXPECT_TRUE(started.empty());
    EXPECT_EQ(troubles.size(), 3u);
}

}  // namespace
}  // namespace reader
