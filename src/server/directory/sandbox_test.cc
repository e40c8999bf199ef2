#include "directory/sandbox.h"

#include <gtest/gtest.h>
#include <unistd.h>

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

// Landlock's rules for ports came with its fourth version (Linux 6.7).
bool knows_ports() { return ::syscall(444, nullptr, 0, 1) >= 4; }

// With sources of accounts outside: their ports, and no others; nothing without a connection.
TEST(DirectorySandbox, ConnectsToItsSourcesAlone) {
    const auto source = [](std::string name, std::uint16_t port) {
        const auto host = name.starts_with('/') ? name : name + ':' + std::to_string(port);
        return std::vector{sources::Terms{.settings = {.hosts = {host}}, .password = {}}};
    };
    const struct {
        std::vector<sources::Terms> sources;
        bool connects_to_9;
        bool connects_locally;
    } cases[] = {{source("127.0.0.1", 9), true, false},
                 {source("127.0.0.1", 10), !knows_ports(), false},
                 {source("/run/x", 5432), false, true},
                 {{}, false, false}};
    for (const auto& [sources, connects_to_9, connects_locally] : cases) {
        auto given = sandbox::as_started_by_master();
        const auto outcomes = sandbox::intrude(directory::policy("/nonexistent", "/nonexistent", sources), given);
        EXPECT_EQ(outcomes.find("connect TCP")->second == sandbox::worked, connects_to_9);
        EXPECT_EQ(outcomes.find("connect local")->second == sandbox::worked, connects_locally);
        for (const auto* never : {"UDP", "listen", "bind TCP", "netlink", "execve", "fork"})
            EXPECT_NE(outcomes.find(never)->second, sandbox::worked) << never;
    }
}
