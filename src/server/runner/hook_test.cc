#include "runner/hook.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace {

const std::string value(43, 'v');

site::Acme settings() {
    site::Acme acme;
    acme.hook = "/usr/local/bin/my hook; rm";
    acme.hook_uid = 4711;
    acme.hook_gid = 4712;
    return acme;
}

// RFC 8555 §8.4. No shell reads the words.
TEST(Hook, IsTheProgramOfTheConfiguration) {
    const auto called = runner::call_of({7, true, "_acme-challenge.example.org", value}, settings(), true);
    ASSERT_TRUE(called);
    EXPECT_EQ(called->words,
              (std::vector<std::string>{"/usr/local/bin/my hook; rm", "add", "_acme-challenge.example.org", value}));
    EXPECT_EQ(called->run.ticket, 7u);
    EXPECT_EQ(called->run.uid, 4711u);
    EXPECT_EQ(called->run.gid, 4712u);
    EXPECT_EQ(runner::call_of({7, false, "_acme-challenge.example.org", value}, settings(), true)->words[1], "remove");
    EXPECT_EQ(runner::call_of({7, true, "_acme-challenge.example.org", value}, settings(), false)->run.uid,
              ::geteuid());
}

// Hostile: acmed was broken into.
TEST(Hook, IsNotCalledForNonsense) {
    for (const std::string name : {"", "example.org", "_acme-challenge.a b", "_acme-challenge.$(reboot)", "--help"})
        EXPECT_FALSE(runner::call_of({1, true, name, value}, settings(), true)) << name;
    EXPECT_FALSE(runner::call_of({1, true, "_acme-challenge." + std::string(300, 'a'), value}, settings(), true));
    for (const std::string& odd : {std::string(), std::string("-"), std::string(42, 'v') + "\n", std::string(44, 'v')})
        EXPECT_FALSE(runner::call_of({1, true, "_acme-challenge.example.org", odd}, settings(), true)) << odd;
    EXPECT_FALSE(runner::call_of({1, true, "_acme-challenge.example.org", value}, site::Acme{}, true));
}

TEST(Hook, TellsWhatCameOfIt) {
    using How = deliver::Ended::How;
    EXPECT_EQ(runner::outcome_of({7, How::Exited, 0, "words"}), (acmed::HookEnded{7, true, ""}));
    EXPECT_EQ(runner::outcome_of({7, How::Exited, 1, "no key"}), (acmed::HookEnded{7, false, "exit status 1: no key"}));
    EXPECT_EQ(runner::outcome_of({7, How::TookTooLong, 0, ""}), (acmed::HookEnded{7, false, "it took too long"}));
    EXPECT_EQ(runner::outcome_of({7, How::Killed, 9, ""}), (acmed::HookEnded{7, false, "killed by signal 9"}));
    EXPECT_EQ(runner::outcome_of({7, How::NotStarted, 0, "fork"}),
              (acmed::HookEnded{7, false, "it could not be started: fork"}));
}

}  // namespace
