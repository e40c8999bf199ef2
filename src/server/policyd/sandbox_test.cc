#include "policyd/sandbox.h"

#include <gtest/gtest.h>

#include "sandbox/intruder.h"

// What a break-in gets: every attempt that an intruder would make first, judged from outside.
TEST(PolicydSandbox, ConnectsAndNothingElse) {
    auto given = sandbox::as_started_by_master();
    for (const auto& [attempt, outcome] : sandbox::intrude(policyd::policy(/*reaches_sockets=*/false), given)) {
        const bool may = attempt == "connect TCP" || attempt == "UDP";
        EXPECT_EQ(outcome == sandbox::worked, may) << attempt;
    }
    EXPECT_EQ(sandbox::status_of_fenced(policyd::policy(/*reaches_sockets=*/true), given, "Seccomp"), "2");
    EXPECT_EQ(sandbox::status_of_fenced(policyd::policy(/*reaches_sockets=*/true), given, "NoNewPrivs"), "1");
    EXPECT_EQ(sandbox::status_of_fenced(policyd::policy(/*reaches_sockets=*/true), given, "CapEff"),
              "0000000000000000");
}
