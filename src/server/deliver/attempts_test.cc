#include "deliver/attempts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace deliver {
namespace {

using testing::IsEmpty;
using testing::SizeIs;

struct FixedClock final : clocks::Clock {
    std::int64_t milliseconds = 1'000'000;
    clocks::Wall wall() const override { return clocks::Wall(std::chrono::milliseconds(milliseconds)); }
    clocks::Steady steady() const override { return clocks::Steady(std::chrono::milliseconds(milliseconds)); }
};

struct AttemptsTest : testing::Test {
    FixedClock clock;
    std::vector<directory::FindMailbox> asked;
    std::vector<qmgr::AttemptDone> answered;
    std::vector<std::pair<Owner, Job>> given;
    std::vector<std::uint64_t> ordered;  // of runner
    std::vector<std::string> commands;   // likewise
    Attempts attempts{clock,
                      {.mail_directory = "/var/mail/hermod",
                       .becomes_owner = true,
                       .alias_uid = 1000,
                       .lists_uid = 1001,
                       .list_command = "hermod list deliver"},
                      {.ask = [this](const auto& question) { asked.push_back(question); },
                       .answer = [this](const auto& done) { answered.push_back(done); },
                       .give = [this](const Owner& owner, Job job) { given.emplace_back(owner, std::move(job)); },
                       .run =
                           [this](const auto& order) {
                               ordered.push_back(order.ticket);
                               commands.push_back(order.command);
                           },
                       .on_trouble = [](auto&&...) {}}};

    void begin(std::uint64_t number, std::int64_t arrived) {
        attempts.take(Attempt{.attempt = number,
                              .message = number,
                              .recipient = 2,
                              .address = "joe@h.example",
                              .reverse_path = "a@b.example",
                              .arrived = arrived,
                              .octets = "S: x\r\n\r\n",
                              .blob = {},
                              .size = 8});
    }
    void find(std::uint64_t ticket) {
        attempts.take(directory::Mailbox{.ticket = ticket,
                                         .found = directory::Found::Yes,
                                         .user = "joe",
                                         .uid = 1000,
                                         .gid = 1000,
                                         .home = "/home/joe",
                                         .path = "Maildir"});
    }
};

TEST_F(AttemptsTest, HasAProgramTakeWhatIsForOne) {
    begin(7, 2'000'000);
    attempts.take(directory::Mailbox{.ticket = asked.at(0).ticket,
                                     .found = directory::Found::Yes,
                                     .user = "hermod-lists",
                                     .uid = 1001,
                                     .gid = 1001,
                                     .home = "/var/lib/hermod/lists",
                                     .path = "none",
                                     .reason = {},
                                     .is_list = true});
    EXPECT_THAT(given, IsEmpty()) << "no worker has anything to read or to write";
    ASSERT_THAT(ordered, SizeIs(1));
    attempts.take(Ended{.ticket = ordered[0], .how = Ended::How::Exited, .status = 0, .output = {}});
    ASSERT_THAT(answered, SizeIs(1));
    EXPECT_EQ(answered[0].recipients.at(0).status, qmgr::Status::Delivered);
}

// Hostile: directory may be broken into.
TEST_F(AttemptsTest, RunsTheProgramOfListsAsNobodyElse) {
    begin(7, 2'000'000);
    attempts.take(directory::Mailbox{.ticket = asked.at(0).ticket,
                                     .found = directory::Found::Yes,
                                     .user = "joe",
                                     .uid = 1002,
                                     .gid = 1002,
                                     .home = "/home/joe",
                                     .path = "none",
                                     .reason = {},
                                     .command = "evil",
                                     .is_list = true});
    EXPECT_THAT(ordered, IsEmpty());
    ASSERT_THAT(answered, SizeIs(1));
    EXPECT_EQ(answered[0].recipients.at(0).status, qmgr::Status::Deferred);
}

TEST_F(AttemptsTest, EachHasOneAnswer) {
    begin(7, 2'000'000);
    ASSERT_THAT(asked, SizeIs(1));
    EXPECT_EQ(asked[0].address, "joe@h.example");
    find(asked[0].ticket);
    find(asked[0].ticket);  // Hostile: twice
    ASSERT_THAT(given, SizeIs(1));
    const auto& job = given[0].second;
    EXPECT_EQ(job.home, "home/joe");
    EXPECT_EQ(job.recipient, 2u);
    EXPECT_FALSE(job.may_be_here);
    attempts.take(Report{job.ticket, Result::Delivered, {}});
    attempts.take(Report{job.ticket, Result::Failed, {}});
    ASSERT_THAT(answered, SizeIs(1));
    EXPECT_EQ(answered[0].attempt, 7u);
    EXPECT_EQ(answered[0].recipients[0].status, qmgr::Status::Delivered);
    EXPECT_EQ(attempts.open(), 0u);
}

// Hostile: the queue and directory must both name the program, and its user be the one who is configured.
TEST_F(AttemptsTest, AnAliasRunsWhatAllSay) {
    struct Case {
        std::string target, command;
        std::uint32_t uid;
        bool is_run;
    };
    const Case cases[] = {{"\"|/bin/index\"", "/bin/index", 1000, true},
                          {"\"|rm -rf /\"", "/bin/index", 1000, false},
                          {"\"|/bin/index\"", "rm -rf /", 1000, false},
                          {"\"|/bin/index\"", "/bin/index", 1001, false},
                          {"", "/bin/index", 1000, false},
                          {"/bin/index", "/bin/index", 1000, false}};
    for (const auto& [target, command, uid, is_run] : cases) {
        SCOPED_TRACE(target + " " + command);
        asked.clear();
        answered.clear();
        ordered.clear();
        commands.clear();
        attempts.take(Attempt{.attempt = 1, .message = 1, .address = "list@h.example", .target = target, .size = 0});
        ASSERT_THAT(asked, SizeIs(1));
        EXPECT_EQ(asked[0].target, target);
        attempts.directory_is_back();
        EXPECT_EQ(asked.back().target, target);
        attempts.take(directory::Mailbox{.ticket = asked[0].ticket,
                                         .found = directory::Found::Yes,
                                         .user = "alias",
                                         .uid = uid,
                                         .gid = 1000,
                                         .home = "/home/alias",
                                         .path = "Maildir",
                                         .command = command});
        EXPECT_THAT(given, IsEmpty());
        ASSERT_THAT(commands, SizeIs(is_run ? 1 : 0));
        if (is_run)
            attempts.take(Ended{.ticket = ordered[0], .how = Ended::How::Exited, .status = 100, .output = "no"});
        ASSERT_THAT(answered, SizeIs(1));
        EXPECT_EQ(answered[0].recipients[0].status, is_run ? qmgr::Status::Failed : qmgr::Status::Deferred);
        EXPECT_EQ(attempts.open(), 0u);
    }
}

TEST_F(AttemptsTest, MailFromBeforeACrashMayBeThereAlready) {
    begin(1, 999'999);  // before this process began
    find(asked.back().ticket);
    EXPECT_TRUE(given.back().second.may_be_here);

    begin(2, 1'000'500);
    find(asked.back().ticket);
    EXPECT_FALSE(given.back().second.may_be_here);
    attempts.take(Report{given.back().second.ticket, Result::Lost, {}});
    EXPECT_EQ(answered.back().recipients[0].status, qmgr::Status::Deferred);
    begin(2, 1'000'500);  // qmgr tries again
    find(asked.back().ticket);
    EXPECT_TRUE(given.back().second.may_be_here);

    clock.milliseconds = 3'000'000;
    begin(3, 2'999'000);
    find(asked.back().ticket);
    const auto ticket = given.back().second.ticket;
    attempts.qmgr_is_lost();
    answered.clear();
    attempts.take(Report{ticket, Result::Delivered, {}});
    EXPECT_THAT(answered, IsEmpty()) << "the new qmgr never asked for it";
    begin(1, 2'999'000);
    find(asked.back().ticket);
    EXPECT_TRUE(given.back().second.may_be_here);
    begin(4, 3'000'001);
    find(asked.back().ticket);
    EXPECT_FALSE(given.back().second.may_be_here);
}

TEST_F(AttemptsTest, AtTheEndWhatWasNotBegunIsGivenBack) {
    begin(1, 2'000'000);
    find(asked.back().ticket);
    begin(2, 2'000'000);
    find(asked.back().ticket);
    begin(3, 2'000'000);
    attempts.stop();
    ASSERT_THAT(answered, SizeIs(1)) << "what directory has not answered for";
    EXPECT_EQ(answered[0].attempt, 3u);
    EXPECT_FALSE(answered[0].was_begun);
    begin(4, 2'000'000);
    ASSERT_THAT(answered, SizeIs(2)) << "what comes later";
    EXPECT_FALSE(answered[1].was_begun);
    attempts.give_back(given[1].second.ticket);
    ASSERT_THAT(answered, SizeIs(3));
    EXPECT_EQ(answered[2].attempt, 2u);
    EXPECT_FALSE(answered[2].was_begun);
    attempts.take(Report{given[0].second.ticket, Result::Delivered, {}});
    EXPECT_EQ(answered.at(3).recipients.at(0).status, qmgr::Status::Delivered) << "what is at work goes on";
    EXPECT_EQ(attempts.open(), 0u);
}

// Each step is a job of its own; the attempt has one answer.
TEST_F(AttemptsTest, InstructionsAreReadAndCarriedOut) {
    begin(1, 2'000'000);
    attempts.take(directory::Mailbox{.ticket = asked.back().ticket,
                                     .found = directory::Found::Yes,
                                     .user = "joe",
                                     .uid = 1000,
                                     .gid = 1000,
                                     .home = "/home/joe",
                                     .path = "Maildir",
                                     .instructions = directory::Instructions::Qmail});
    ASSERT_THAT(given, SizeIs(1));
    EXPECT_EQ(given[0].second.task, Task::Read);
    Report read{given[0].second.ticket, Result::Delivered, {}};
    read.plan.steps = {{Step::Kind::Mbox, "./a"}, {Step::Kind::Mailbox, ""}};
    attempts.take(read);
    ASSERT_THAT(given, SizeIs(2));
    EXPECT_EQ(given[1].second.path, "a");
    EXPECT_EQ(given[1].second.octets, "S: x\r\n\r\n");
    EXPECT_EQ(given[1].first, given[0].first) << "the same worker";
    attempts.take(Report{given[1].second.ticket, Result::Delivered, {}});
    ASSERT_THAT(given, SizeIs(3));
    EXPECT_THAT(answered, IsEmpty());
    attempts.give_back(given[2].second.ticket);
    ASSERT_THAT(answered, SizeIs(1));
    EXPECT_TRUE(answered[0].was_begun) << "the mbox has it";
    EXPECT_EQ(answered[0].recipients.at(0).status, qmgr::Status::Deferred);
    EXPECT_EQ(attempts.open(), 0u);
}

TEST_F(AttemptsTest, AProgramWhoseRunnerIsLostWaits) {
    begin(1, 2'000'000);
    attempts.take(directory::Mailbox{.ticket = asked.back().ticket,
                                     .found = directory::Found::Yes,
                                     .user = "joe",
                                     .uid = 1000,
                                     .gid = 1000,
                                     .home = "/home/joe",
                                     .path = "Maildir",
                                     .instructions = directory::Instructions::Qmail});
    Report read{given.at(0).second.ticket, Result::Delivered, {}};
    read.plan.steps = {{Step::Kind::Program, "prog"}};
    attempts.take(read);
    ASSERT_THAT(ordered, SizeIs(1));
    attempts.runner_is_lost();
    ASSERT_THAT(answered, SizeIs(1));
    EXPECT_EQ(answered[0].recipients.at(0).status, qmgr::Status::Deferred);
    attempts.take(Ended{.ticket = ordered[0], .how = Ended::How::Exited, .status = 0, .output = {}});
    EXPECT_THAT(answered, SizeIs(1));
}

TEST_F(AttemptsTest, AnotherDirectoryIsAskedAgain) {
    begin(1, 2'000'000);
    attempts.directory_is_back();
    ASSERT_THAT(asked, SizeIs(2));
    EXPECT_EQ(asked[0].ticket, asked[1].ticket);
}

TEST_F(AttemptsTest, WhatDirectoryDoesNotFindIsAnsweredAtOnce) {
    begin(1, 2'000'000);
    attempts.take(
        directory::Mailbox{.ticket = asked[0].ticket, .found = directory::Found::Unknown, .reason = "No such user"});
    EXPECT_EQ(answered.at(0).recipients[0].status, qmgr::Status::Failed);
    begin(2, 2'000'000);
    attempts.take(directory::Mailbox{.ticket = asked[1].ticket,
                                     .found = directory::Found::Yes,
                                     .user = "root",
                                     .uid = 0,
                                     .gid = 0,
                                     .home = "/root",
                                     .path = "Maildir"});
    EXPECT_EQ(answered.at(1).recipients[0].reply.enhanced, "4.7.0");
    EXPECT_THAT(given, IsEmpty());
}

}  // namespace
}  // namespace deliver
