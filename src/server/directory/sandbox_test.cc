#include "directory/sandbox.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>

#include "sandbox/intruder.h"

// It reads what the name service reads, and nothing else.
TEST(DirectorySandbox, ReadsAndNothingElse) {
    auto given = sandbox::as_started_by_master();
    // Both read /etc/passwd, the one by its name, the other by way of a directory.
    constexpr std::array<std::string_view, 2> allowed{"open /etc/passwd", "climb out of a directory"};
    for (const auto& [attempt, outcome] : sandbox::intrude(directory::policy("/nonexistent", "/nonexistent"), given))
        EXPECT_EQ(outcome == sandbox::worked, std::ranges::find(allowed, attempt) != allowed.end()) << attempt;
    EXPECT_EQ(sandbox::status_of_fenced(directory::policy("/nonexistent", "/nonexistent"), given, "Seccomp"), "2");
    EXPECT_EQ(sandbox::status_of_fenced(directory::policy("/nonexistent", "/nonexistent"), given, "NoNewPrivs"), "1");
    EXPECT_EQ(sandbox::status_of_fenced(directory::policy("/nonexistent", "/nonexistent"), given, "CapEff"),
              "0000000000000000");
}
