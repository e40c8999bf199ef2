#include "keyd/sandbox.h"

#include <gtest/gtest.h>

#include "sandbox/intruder.h"

// What a break-in gets: every attempt that an intruder would make first, judged from outside.
TEST(KeydSandbox, ReachesNothing) {
    auto given = sandbox::as_started_by_master();
    for (const auto& [attempt, outcome] : sandbox::intrude(keyd::policy(), given))
        EXPECT_NE(outcome, sandbox::worked) << attempt;
    EXPECT_EQ(sandbox::status_of_fenced(keyd::policy(), given, "Seccomp"), "2");
    EXPECT_EQ(sandbox::status_of_fenced(keyd::policy(), given, "NoNewPrivs"), "1");
    EXPECT_EQ(sandbox::status_of_fenced(keyd::policy(), given, "CapEff"), "0000000000000000");
}
