// Children as we ourselves are: what they become is for a server that root has started (test/system).
#include "authd/checks.h"

#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <cstdlib>
#include <vector>

#include "authd/verdict.h"

namespace authd {
namespace {

using Verdict = directory::Checked::Verdict;

class ChecksTest : public testing::Test {
protected:
    ChecksTest() {
        login.checks = 3;
        const passwd* const self = ::getpwuid(::geteuid());
        ourselves = self ? self->pw_name : "";
    }
    void SetUp() override {
        if (ourselves.empty()) GTEST_SKIP() << "we are a user without a name";
    }
    void program(const std::string& script) {
        login.programs.push_back({.command = {"/bin/sh", "-c", script}, .user = ourselves, .domains = {}});
    }
    std::uint64_t id(std::size_t i = 0) const { return site::id_of(login.programs.at(i)); }
    /// The verdict on each.
    std::vector<Verdict> check(const std::vector<Check>& all) {
        answers.assign(all.size(), Verdict::Later);
        left = all.size();
        Checks checks(
            context, login, /*becomes_user=*/false,
            [&](const directory::Checked& checked) {
                answers.at(checked.ticket) = checked.verdict;
                if (--left == 0) context.stop();
            },
            [&](const std::string& why) { complaints.push_back(why); });
        for (std::size_t i = 0; i < all.size(); ++i) {
            auto one = all[i];
            one.ticket = i;
            checks.give(std::move(one));
        }
        if (left > 0) context.run();
        context.restart();
        return answers;
    }
    Verdict check(const std::string& user, const std::string& password) {
        return check({Check{.by = By::Program, .program = id(), .user = user, .password = password}}).front();
    }

    boost::asio::io_context context{1};
    site::Login login;
    std::string ourselves;
    std::vector<Verdict> answers;
    std::size_t left = 0;
    std::vector<std::string> complaints;
};

// https://cr.yp.to/checkpwd/interface.html
TEST_F(ChecksTest, ProgramsReadTheirQuestionFromDescriptorThree) {
    program("[ \"$(tr '\\000' '|' <&3)\" = 'ann@l.test|pass word||' ]");
    EXPECT_EQ(check("ann@l.test", "pass word"), Verdict::Yes);
    EXPECT_EQ(check("ann@l.test", "passwort"), Verdict::No);
}

// Neither in the arguments nor in the environment, and nothing else of ours is open.
TEST_F(ChecksTest, NothingElseTellsThePassword) {
    program(
        "for n in 4 5 6 7 8 9 10 11 12 13 14 15 16; do [ ! -e /proc/$$/fd/$n ] || exit 1; done; "
        "! grep -aq 's3[c]ret' /proc/$$/cmdline /proc/$$/environ");
    EXPECT_EQ(check("ann", "s3cret"), Verdict::Yes);
}

TEST_F(ChecksTest, EndAsTheProgramDoes) {
    const std::pair<std::string, Verdict> cases[] = {
        {"exit 0", Verdict::Yes},     {"exit 1", Verdict::No},        {"exit 2", Verdict::Later},
        {"exit 111", Verdict::Later}, {"kill -9 $$", Verdict::Later}, {"kill -11 $$", Verdict::Later},
    };
    std::vector<Check> all;
    for (const auto& [script, verdict] : cases) {
        program(script);
        all.push_back({.by = By::Program, .program = id(all.size()), .user = "u", .password = "p"});
    }
    const auto verdicts = check(all);
    for (std::size_t i = 0; i < std::size(cases); ++i) EXPECT_EQ(verdicts[i], cases[i].second) << cases[i].first;
}

TEST_F(ChecksTest, WhatHangsIsEndedWithAllThatItStarted) {
    login.check_time = std::chrono::seconds(1);
    program("setsid sleep 1000 & sleep 1000");
    EXPECT_EQ(check("u", "p"), Verdict::Later);
    ASSERT_EQ(complaints.size(), 1u);
    EXPECT_NE(complaints.front().find("took too long"), std::string::npos);
}

// Hostile: directory may have been broken into.
TEST_F(ChecksTest, NonsenseIsNotRun) {
    program("exit 0");
    login.programs.push_back({.command = {"/bin/true"}, .user = "there-is-no-such-user", .domains = {}});
    const std::vector<Check> all{
        {.by = By::Program, .program = 7, .user = "u", .password = "p"},
        {.by = By::Program, .program = id(1), .user = "u", .password = "p"},
        {.by = By::Program, .program = id(), .user = std::string("u\0v", 3), .password = "p"},
        {.by = By::Program, .program = id(), .user = "u", .password = std::string("p\0q", 3)},
        {.by = By::Pam, .user = "u", .password = "p"},  // it is not configured
        {.by = static_cast<By>(7), .user = "u", .password = "p"},
    };
    EXPECT_EQ(check(all), std::vector(all.size(), Verdict::Later));
    EXPECT_EQ(check("u", std::string(600, 'p')), Verdict::No);  // nobody has a password that programs cannot read
    EXPECT_EQ(check("u", "p"), Verdict::Yes);
}

TEST_F(ChecksTest, RunSoManyAtATime) {
    login.checks = 2;
    // Each counts who is at work with it: not more than two.
    char folder[] = "/tmp/checks-XXXXXX";
    ASSERT_TRUE(::mkdtemp(folder));
    program("cd " + std::string(folder) + "; : >$$; set -- *; sleep 0.1; rm $$; [ $# -le 2 ]");
    const std::vector<Check> all(8, {.by = By::Program, .program = id(), .user = "u", .password = "p"});
    EXPECT_EQ(check(all), std::vector(all.size(), Verdict::Yes));
    EXPECT_EQ(::rmdir(folder), 0);
}

}  // namespace
}  // namespace authd
