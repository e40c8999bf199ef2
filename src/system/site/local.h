#pragma once
// [local]: mailboxes on this machine.

#include <array>
#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "site/checks.h"

namespace site {

enum class MailboxFormat : std::uint8_t { Maildir, Mbox };
constexpr auto choices(MailboxFormat) {
    return std::array<config::Choice<MailboxFormat>, 2>{
        {{"maildir", MailboxFormat::Maildir}, {"mbox", MailboxFormat::Mbox}}};
}

/// What happens to mail for a mailbox without room: it comes back at once, or waits for room as long as mail may wait.
enum class OverQuota : std::uint8_t { Bounce, Defer };
constexpr auto choices(OverQuota) {
    return std::array<config::Choice<OverQuota>, 2>{{{"bounce", OverQuota::Bounce}, {"defer", OverQuota::Defer}}};
}

struct Local {
    MailboxFormat mailbox = MailboxFormat::Maildir;
    std::string maildir = "Maildir";
    std::string mbox = "Mailbox";
    std::uint64_t quota = 0;
    std::uint64_t quota_messages = 0;
    OverQuota over_quota = OverQuota::Bounce;
    std::uint32_t least_uid = 1000;
    std::uint32_t deliveries = 20;
    std::uint32_t programs = 10;
    std::chrono::seconds program_time{300};
    std::uint64_t program_memory = std::uint64_t{512} << 20;
    std::uint32_t program_processes = 256;
    std::string alias_user;
    std::vector<std::string> alias_folders;
};

inline auto settings(const Local*) {
    using config::octets, config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("mailbox", &Local::mailbox, "How system users keep their mail. Virtual mailboxes are always Maildirs."),
        setting("maildir", &Local::maildir, "The Maildir, below the user's home.", relative_path_flaw),
        setting("mbox", &Local::mbox, "The mbox file, below the user's home.", relative_path_flaw),
        octets("quota", &Local::quota,
               "The room each mailbox has (Maildir++); more is refused with 5.2.2. 0: no limit. A virtual mailbox may "
               "have its own.",
               {0, std::uint64_t{1} << 50}),
        setting("quota_messages", &Local::quota_messages, "The number of messages each mailbox may hold. 0: no limit.",
                {0, 1'000'000'000}),
        setting(
            "over_quota", &Local::over_quota,
            "Mail for a full mailbox is bounced (5.2.2), or deferred until there is room or it gets too old (4.2.2)."),
        setting("least_uid", &Local::least_uid,
                "Users with a lower number belong to the system and receive nothing; root never does.",
                {1, 4'000'000'000}),
        setting("deliveries", &Local::deliveries, "Deliveries into mailboxes at a time.", {1, 1000}),
        setting("programs", &Local::programs, "Programs of users' instructions at a time.", {1, 1000}),
        setting("program_time", &Local::program_time,
                "How long such a program may take; then it is killed with all that it started, and the mail waits.",
                {1s, 24h}),
        octets("program_memory", &Local::program_memory, "The memory each of its processes may have.",
               {std::uint64_t{16} << 20, std::uint64_t{1} << 40}),
        setting("program_processes", &Local::program_processes,
                "The processes its user may have while it starts more; his others count too.", {8, 1'000'000}),
        setting("alias_user", &Local::alias_user,
                "The user of this system as whom the programs that aliases name are run, and their files written "
                "(qmail: alias; Postfix: default_privs): one who owns nothing else, and never root. Empty: aliases "
                "lead to addresses only.",
                user_or_empty_flaw),
        setting("alias_folders", &Local::alias_folders,
                "The directories below which the files and Maildirs are that aliases name; they belong to alias_user. "
                "None: below his home.",
                absolute_paths_flaw),
    };
}

inline constexpr std::string_view local_meaning = "Mailboxes on this machine.";

}  // namespace site
