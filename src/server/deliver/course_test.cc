// A message's way through instructions, told by hand what came of each step.
#include "deliver/course.h"

#include <gtest/gtest.h>

#include <utility>

#include "deliver/forwarding.h"
#include "drop/envelope.h"

namespace deliver {
namespace {

using Kind = Step::Kind;

struct CourseTest : testing::Test {
    std::string reverse_path = "bob@example.net";
    Ended ended{.ticket = 0, .how = Ended::How::Exited, .status = 0, .output = {}};  // of every program

    Course course() const {
        Job standard;
        standard.home = "home/ann";
        standard.path = "Maildir";
        standard.address = "ann-list@example.org";
        standard.reverse_path = reverse_path;
        standard.octets = "S: x\r\n\r\n";
        standard.size = 8;
        const directory::Mailbox mailbox{.found = directory::Found::Yes,
                                         .user = "ann",
                                         .uid = 1000,
                                         .gid = 1000,
                                         .home = "/home/ann",
                                         .instructions = directory::Instructions::Qmail,
                                         .has_extension = true,
                                         .extension = "list"};
        return Course(std::move(standard), mailbox, WhenOverQuota::Fail);
    }
    static std::string text(const Course::Next& next) {
        if (const auto* outcome = std::get_if<qmgr::RecipientOutcome>(&next))
            return outcome->reply.enhanced + " " + outcome->reply.text;
        if (const auto* run = std::get_if<runner::Run>(&next)) return "run " + run->command;
        const auto& job = std::get<Job>(next);
        if (job.task == Task::Forward) {
            std::string all = "forward from " + job.reverse_path + " to";
            for (const auto& address : job.forwards) all += " " + address;
            return all;
        }
        return (job.format == directory::Format::Mbox ? "mbox " : "maildir ") + job.path;
    }
    /// What happens, with `fails` as the result of that step; 0: none fails.
    std::string run(Plan plan, int fails = 0, Result result = Result::Failed) const {
        auto made = course();
        auto next = made.take(Report{.ticket = 0, .result = Result::Delivered, .detail = {}, .plan = std::move(plan)});
        std::string all = text(next);
        for (int step = 1; !std::holds_alternative<qmgr::RecipientOutcome>(next); ++step) {
            const Report report{.ticket = 0, .result = step == fails ? result : Result::Delivered, .detail = {}};
            next = made.is_running() ? made.take(ended) : made.take(report);
            all += "; " + text(next);
        }
        return all;
    }
};

TEST_F(CourseTest, BeginsWithReading) {
    const auto job = course().begin();
    EXPECT_EQ(job.task, Task::Read);
    EXPECT_EQ(job.extension, "list");
    EXPECT_EQ(job.user, "ann");
    EXPECT_EQ(job.octets, "") << "the message is not needed for that";
}

// qmail-local(8): in order, forwards last and once.
TEST_F(CourseTest, GoesStepByStep) {
    EXPECT_EQ(run({.steps = {}}), "2.1.5 Delivered: did 0+0+0");
    EXPECT_EQ(run({.steps = {{}}}), "maildir Maildir; 2.1.5 Delivered: did 1+0+0");
    EXPECT_EQ(run({.steps = {{Kind::Forward, "a@b.example"},
                             {Kind::Mbox, "./x"},
                             {Kind::Forward, "a@b.example"},
                             {Kind::Maildir, "/home/ann/y"},
                             {Kind::Forward, "c@d.example"}}}),
              "mbox x; maildir y; forward from bob@example.net to a@b.example c@d.example; "
              "2.1.5 Delivered: did 2+2+0");
}

TEST_F(CourseTest, AFailureStopsTheRestAndAllForwards) {
    const std::vector<Step> steps{{Kind::Forward, "a@b.example"}, {Kind::Mbox, "./x"}, {Kind::Maildir, "./y"}};
    EXPECT_EQ(run({.steps = steps}, 1), "mbox x; 4.3.0 The mailbox cannot be written at the moment");
    EXPECT_EQ(run({.steps = steps}, 2, Result::OverQuota), "mbox x; maildir y; 5.2.2 The mailbox is full");
    EXPECT_EQ(run({.steps = steps}, 3, Result::Full),
              "mbox x; maildir y; forward from bob@example.net to a@b.example; 4.3.1 There is no room on the "
              "mailbox's disk");
    EXPECT_EQ(run({.steps = {{Kind::Mbox, "/etc/passwd"}}}),
              "4.7.0 The recipient's instructions name a file outside the home");
}

// qmail-command(8)
TEST_F(CourseTest, AProgramSaysHowItGoesOn) {
    const std::vector<Step> steps{
        {Kind::Forward, "a@b.example"}, {Kind::Program, "prog"}, {Kind::Forward, "c@d.example"}};
    EXPECT_EQ(run({.steps = steps}),
              "run prog; forward from bob@example.net to a@b.example c@d.example; 2.1.5 Delivered: did 0+2+1");
    ended.status = 99;
    EXPECT_EQ(run({.steps = steps}),
              "run prog; forward from bob@example.net to a@b.example; 2.1.5 Delivered: did 0+1+1");
    ended.status = 100;
    ended.output = "no, thank you";
    EXPECT_EQ(run({.steps = steps}), "run prog; 5.3.0 The recipient's program refuses the message: no, thank you");
    ended.status = 111;
    EXPECT_EQ(run({.steps = steps}),
              "run prog; 4.3.0 The recipient's program cannot take it now (status 111): no, thank you");
    ended.how = Ended::How::Killed;
    ended.status = 11;
    ended.output = "";
    EXPECT_EQ(run({.steps = steps}), "run prog; 4.3.0 The recipient's program died of signal 11");
    ended.how = Ended::How::TookTooLong;
    EXPECT_EQ(run({.steps = steps}), "run prog; 4.3.0 The recipient's program took too long");
    ended.how = Ended::How::NotStarted;
    EXPECT_EQ(run({.steps = steps}), "run prog; 4.3.0 The recipient's program could not be started");
}

TEST_F(CourseTest, AProgramIsTheUsersAndHearsWhoAndWhere) {
    auto made = course();
    auto next = made.take(Report{.ticket = 0,
                                 .result = Result::Delivered,
                                 .detail = {},
                                 .plan = {.steps = {{Kind::Program, "p"}}, .rest = "r"}});
    const auto& run = std::get<runner::Run>(next);
    EXPECT_EQ(run.uid, 1000u);
    EXPECT_EQ(run.home, "/home/ann");
    EXPECT_EQ(run.octets, "S: x\r\n\r\n");
    EXPECT_EQ(run.environment.size(), 18u);
    EXPECT_EQ(run.environment.front(), "DEFAULT=r");
    next = made.take(Report{.ticket = 0, .result = Result::Delivered, .detail = {}});
    EXPECT_EQ(std::get<qmgr::RecipientOutcome>(next).status, qmgr::Status::Deferred) << "a report out of turn";
}

TEST_F(CourseTest, ForwardsComeFromTheOwner) {
    const std::vector<Step> steps{{Kind::Forward, "a@b.example"}};
    const auto forward = [&](bool has_default) {
        const auto all = run({.steps = steps, .has_owner = true, .has_owner_default = has_default});
        return all.substr(0, all.find(" to "));
    };
    EXPECT_EQ(forward(false), "forward from ann-list-owner@example.org");
    EXPECT_EQ(forward(true), "forward from ann-list-owner-@example.org-@[]");
    std::vector<Step> many;
    for (int i = 0; i <= 1000; ++i) many.push_back({Kind::Forward, "a" + std::to_string(i) + "@b.example"});
    EXPECT_TRUE(run({.steps = many, .has_owner = true, .has_owner_default = true}).starts_with("4.7.0 ")) << "copies";
    EXPECT_TRUE(run({.steps = many, .has_owner = true}).starts_with("forward from ")) << "one file for all";
    reverse_path = "";
    EXPECT_EQ(forward(true), "forward from ") << "the null reverse-path stays";
}

// Hostile: a worker is its user.
TEST_F(CourseTest, BelievesNoPlanThatCannotBe) {
    const std::string refusal = "4.7.0 The recipient's instructions cannot be followed";
    EXPECT_EQ(run({.steps = {{static_cast<Kind>(77), "x"}}}), refusal);
    EXPECT_EQ(run({.steps = {{Kind::Forward, "a@b>\nRCPT TO:<c@d"}}}), refusal);
    EXPECT_EQ(run({.steps = std::vector<Step>(most_steps + 1)}), refusal);
}

TEST_F(CourseTest, WhatIsForwardedIsItsEnvelopeAndTheMessage) {
    Job job;
    job.address = "ann@example.org";
    const auto head = head_of_forward(job, "", {"a@b.example", "\xc3\xbc@d.example"});
    const auto parsed = drop::parse_head(head, "x.example");
    ASSERT_TRUE(parsed);
    EXPECT_EQ(parsed->envelope.kind, drop::Kind::Forward);
    EXPECT_TRUE(parsed->envelope.smtp.smtputf8);
    EXPECT_EQ(parsed->envelope.smtp.recipients.size(), 2u);
    EXPECT_EQ(head.substr(parsed->size), "Delivered-To: ann@example.org\r\n");
}

}  // namespace
}  // namespace deliver
