#pragma once
// [process]: how many there are, and as whom they run.

#include <chrono>
#include <cstdint>
#include <string_view>
#include <tuple>

#include "config/setting.h"
#include "process/role.h"

namespace site {

struct Processes {
    std::uint32_t workers = 0;
    std::uint32_t uid_base = 61'000;
    std::chrono::seconds stop_timeout{5};
    std::uint32_t open_files = 65'536;
};

inline auto settings(const Processes*) {
    using config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        config::at_start(setting(
            "workers", &Processes::workers,
            "Processes that talk to clients, and as many that talk to other servers. 0: one for each processor.",
            {0, 128})),
        config::at_start(setting(
            "uid_base", &Processes::uid_base,
            "Started as root, each role runs as the user hermod-ROLE where there is one, else under a user and group "
            "number of its own: this one and the 31 above. Virtual mailboxes belong to number 15 of them, and mailing "
            "lists to number 14, where there is no user hermod-lists.",
            {1, 4'000'000'000})),
        setting("stop_timeout", &Processes::stop_timeout,
                "How long replies in flight may take at the end, before processes are killed.", {1s, 60s}),
        config::at_start(setting("open_files", &Processes::open_files,
                                 "Descriptors a process may have open, where the system allows as many.",
                                 {256, 10'000'000})),
    };
}

constexpr std::uint32_t number_of_lists = 14;
constexpr std::uint32_t number_of_mail = 15;

/// The two numbers that files on disk belong to are no process's.
constexpr std::uint32_t uid_of(const Processes& processes, process::Role role) {
    const auto number = static_cast<std::uint32_t>(role);
    return processes.uid_base + (number < number_of_lists ? number : number + 2);
}
/// As whom mailing lists run, and whose they are.
constexpr std::uint32_t lists_uid(const Processes& processes) { return processes.uid_base + number_of_lists; }
/// The owner of virtual mailboxes, and of postmaster's where nobody else reads it.
constexpr std::uint32_t mail_uid(const Processes& processes) { return processes.uid_base + number_of_mail; }

inline constexpr std::string_view process_meaning = "How many processes there are, and as whom they run.";

}  // namespace site
