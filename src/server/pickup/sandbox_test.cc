#include "pickup/sandbox.h"

#include <gtest/gtest.h>

#include "sandbox/intruder.h"

// What a break-in gets: every attempt that an intruder would make first, judged from outside.
TEST(PickupSandbox, ReachesNothingButTheDropDirectory) {
    auto given = sandbox::as_started_by_master();
    for (const auto& [attempt, outcome] : sandbox::intrude(pickup::policy(), given)) {
        EXPECT_NE(outcome, sandbox::worked) << attempt;
    }
    EXPECT_EQ(sandbox::status_of_fenced(pickup::policy(), given, "Seccomp"), "2");
    EXPECT_EQ(sandbox::status_of_fenced(pickup::policy(), given, "NoNewPrivs"), "1");
    EXPECT_EQ(sandbox::status_of_fenced(pickup::policy(), given, "CapEff"), "0000000000000000");
}
