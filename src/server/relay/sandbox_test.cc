#include "relay/sandbox.h"

#include <gtest/gtest.h>

#include "sandbox/intruder.h"

// What a break-in gets: every attempt that an intruder would make first, judged from outside.
TEST(RelaySandbox, ConnectsAndNothingElse) {
    auto given = sandbox::as_started_by_master();
    for (const auto& [attempt, outcome] : sandbox::intrude(relay::policy(given), given)) {
        const bool may = attempt == "connect TCP" || attempt == "connect local" || attempt == "UDP";
        EXPECT_EQ(outcome == sandbox::worked, may) << attempt;
    }
    EXPECT_EQ(sandbox::status_of_fenced(relay::policy(given), given, "Seccomp"), "2");
    EXPECT_EQ(sandbox::status_of_fenced(relay::policy(given), given, "NoNewPrivs"), "1");
    EXPECT_EQ(sandbox::status_of_fenced(relay::policy(given), given, "CapEff"), "0000000000000000");
}
