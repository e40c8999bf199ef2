#include "httpd/sandbox.h"

#include <gtest/gtest.h>

#include "sandbox/intruder.h"

// What a break-in gets: every attempt that an intruder would make first, judged from outside.
TEST(HttpdSandbox, ReachesNothing) {
    auto given = sandbox::as_started_by_master();
    for (const auto& [attempt, outcome] : sandbox::intrude(httpd::policy(), given))
        EXPECT_NE(outcome, sandbox::worked) << attempt;
    EXPECT_EQ(sandbox::status_of_fenced(httpd::policy(), given, "Seccomp"), "2");
    EXPECT_EQ(sandbox::status_of_fenced(httpd::policy(), given, "CapEff"), "0000000000000000");
}
