#include "sandbox/sandbox.h"

#include <fcntl.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "sandbox/intruder.h"

namespace {

using sandbox::killed;
using sandbox::May;
using sandbox::worked;
using Outcomes = std::map<std::string, int, std::less<>>;

void expect_kills(const Outcomes& outcomes) {
    for (const char* name : {"execve", "ptrace", "mount", "chroot", "unshare", "bpf", "io_uring_setup", "userfaultfd",
                             "perf_event_open", "process_vm_readv", "keyctl"})
        EXPECT_EQ(outcomes.find(name)->second, killed) << name;
}

bool has_failed(const Outcomes& outcomes, std::string_view name) {
    const auto found = outcomes.find(name);
    return found != outcomes.end() && found->second != worked;
}

}  // namespace

TEST(Sandbox, APolicyThatSaysNothingAllowsNothing) {
    auto given = sandbox::as_started_by_master();
    const auto outcomes = sandbox::intrude({}, given);
    expect_kills(outcomes);
    for (const auto& [name, result] : outcomes) EXPECT_NE(result, worked) << name;
}

TEST(Sandbox, IsSeenFromOutside) {
    auto given = sandbox::as_started_by_master();
    const auto field = [&](std::string_view name) { return sandbox::status_of_fenced({}, given, name); };
    EXPECT_EQ(field("Seccomp"), "2");
    EXPECT_EQ(field("NoNewPrivs"), "1");
    EXPECT_EQ(field("CapEff"), "0000000000000000");
    if (!given.privileged) GTEST_SKIP() << "an own user and no bounding set only when started by root";
    EXPECT_EQ(field("CapBnd"), "0000000000000000");
    EXPECT_EQ(field("Uid"), "61014\t61014\t61014\t61014");
    EXPECT_EQ(field("Gid"), "61014\t61014\t61014\t61014");
    EXPECT_EQ(field("Groups"), "");
}

TEST(Sandbox, ConnectingIsNotListening) {
    auto given = sandbox::as_started_by_master();
    const sandbox::Policy policy{.may = May::Connect | May::ConnectLocal, .connects_tcp = true};
    const auto outcomes = sandbox::intrude(policy, given);
    expect_kills(outcomes);
    for (const char* name : {"connect TCP", "UDP"}) EXPECT_EQ(outcomes.find(name)->second, worked) << name;
    EXPECT_EQ(outcomes.find("listen")->second, killed);
    for (const char* name : {"open /etc/passwd", "create /tmp/intruder", "raw socket", "packet socket", "netlink",
                             "fork", "map code", "kill", "setuid 0"})
        EXPECT_TRUE(has_failed(outcomes, name)) << name;
}

TEST(Sandbox, FilesBelowItsDirectoryAndNowhereElse) {
    auto given = sandbox::as_started_by_master();
    char place[] = "/tmp/hermod-reach-XXXXXX";
    ASSERT_TRUE(::mkdtemp(place));
    if (given.privileged) ASSERT_EQ(::chown(place, given.uid, given.gid), 0);
    given.directories.clear();
    given.directories.push_back(
        {process::Directory::Purpose::Spool, file::Descriptor(::open(place, O_RDONLY | O_CLOEXEC))});
    const int spool = given.directories[0].descriptor.get();
    sandbox::Policy policy{.may = May::ReadFiles | May::WriteFiles, .root = process::Directory::Purpose::Spool};
    policy.reach.push_back({.access = sandbox::Reach::Access::Write, .purpose = process::Directory::Purpose::Spool});

    const auto outcomes = sandbox::intrude(policy, given);
    expect_kills(outcomes);
    for (const char* name : {"open /etc/passwd", "create /tmp/intruder", "climb out of a directory", "mkdir", "symlink",
                             "connect TCP", "connect local", "UDP", "fork", "kill"})
        EXPECT_TRUE(has_failed(outcomes, name)) << name;

    const int work = sandbox::attempt(policy, given, [spool] {
        const int made = ::openat(spool, "new", O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0600);
        if (made < 0) return errno;
        if (::write(made, "octets", 6) != 6 || ::ftruncate(made, 3) != 0 || ::fdatasync(made) != 0) return errno;
        if (::mkdirat(spool, "d", 0700) != 0 || ::renameat(spool, "new", spool, "d/old") != 0) return errno;
        if (::unlinkat(spool, "d/old", 0) != 0 || ::unlinkat(spool, "d", AT_REMOVEDIR) != 0) return errno;
        const int unnamed = ::openat(spool, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600);
        return unnamed < 0 && errno != EOPNOTSUPP ? errno : worked;
    });
    EXPECT_EQ(work, worked);
    ::rmdir(place);
}

TEST(Sandbox, ReadersDoNotWrite) {
    auto given = sandbox::as_started_by_master();
    sandbox::Policy policy{.may = static_cast<std::uint32_t>(May::ReadFiles), .keeps_root = true};
    policy.reach.push_back({.path = "/etc", .access = sandbox::Reach::Access::Read});
    const auto outcomes = sandbox::intrude(policy, given);
    EXPECT_EQ(outcomes.find("open /etc/passwd")->second, worked);
    EXPECT_TRUE(has_failed(outcomes, "create /tmp/intruder"));
    const auto elsewhere = [] { return ::open("/usr", O_RDONLY | O_CLOEXEC) < 0 ? errno : worked; };
    EXPECT_EQ(sandbox::attempt(policy, given, elsewhere), EACCES);
}

TEST(Sandbox, AcceptsOnWhatItWasGiven) {
    auto given = sandbox::as_started_by_master();
    const file::Descriptor listener(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    ASSERT_EQ(::listen(listener.get(), 1), 0);
    const auto take = [&] {
        return ::accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC) < 0 && errno != EAGAIN ? errno : worked;
    };
    EXPECT_EQ(sandbox::attempt({.may = static_cast<std::uint32_t>(May::Accept)}, given, take), worked);
    EXPECT_EQ(sandbox::attempt({}, given, take), EPERM);
}

// A process that becomes users has workers with fences of their own inside its own.
TEST(Sandbox, FencesNest) {
    auto given = sandbox::as_started_by_master();
    sandbox::Policy outer{.may = May::ReadFiles | May::WriteFiles | May::Fork | May::BecomeUser, .keeps_root = true};
    outer.reaches_everything = true;
    const auto inner = [] {
        sandbox::Policy policy{.may = static_cast<std::uint32_t>(May::ReadFiles), .keeps_root = true};
        const auto missing = sandbox::enter(policy, process::Inheritance{});
        const auto must_stand = static_cast<std::uint32_t>(sandbox::Fence::SystemCalls);
        if (missing & must_stand) return ENOSYS;
        return ::open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : worked;
    };
    EXPECT_EQ(sandbox::attempt(outer, given, inner), EACCES);
    const auto outside = [] { return ::open("/etc/passwd", O_RDONLY | O_CLOEXEC) < 0 ? errno : worked; };
    EXPECT_EQ(sandbox::attempt(outer, given, outside), worked);
}

TEST(Sandbox, WhoBecomesUsersNeverBecomesRoot) {
    auto given = sandbox::as_started_by_master();
    if (!given.privileged) GTEST_SKIP() << "becoming users needs root";
    sandbox::Policy policy{.may = May::Fork | May::BecomeUser, .keeps_root = true};
    policy.capabilities = 1U << CAP_SETUID | 1U << CAP_SETGID;
    const auto outcome = [](int result) { return result == 0 ? worked : errno; };
    EXPECT_EQ(sandbox::attempt(policy, given, [&] { return outcome(::setresuid(1000, 1000, 1000)); }), worked);
    EXPECT_EQ(sandbox::attempt(policy, given, [&] { return outcome(::setresgid(1000, 1000, 1000)); }), worked);
    EXPECT_EQ(sandbox::attempt(policy, given, [&] { return outcome(::setgroups(0, nullptr)); }), worked);
    EXPECT_EQ(sandbox::attempt(policy, given, [&] { return outcome(::setuid(0)); }), EPERM);
    EXPECT_EQ(sandbox::attempt(policy, given, [&] { return outcome(::setresuid(1000, 0, 1000)); }), EPERM);
    EXPECT_EQ(sandbox::attempt(policy, given, [&] { return outcome(::setresgid(1000, 1000, 0)); }), EPERM);
    // The kernel looks at half of the register.
    EXPECT_EQ(
        sandbox::attempt(policy, given, [&] { return outcome(static_cast<int>(::syscall(SYS_setuid, 1UL << 32))); }),
        EPERM);
    const gid_t disk = 6;
    EXPECT_EQ(sandbox::attempt(policy, given, [&] { return outcome(::setgroups(1, &disk)); }), EPERM);
}

TEST(SandboxDeathTest, WhoTakesTooMuchMemoryEnds) {
#if __has_feature(address_sanitizer)
    GTEST_SKIP() << "its shadow would count";
#endif
    EXPECT_EXIT(
        {
            auto given = sandbox::as_started_by_master();
            sandbox::enter({.memory = 64 << 20}, given);
            try {
                for (std::vector<std::string> much;; much.emplace_back(1 << 20, 'x'))
                    if (much.size() > 200) ::_exit(0);
            } catch (const std::exception&) {
                ::_exit(1);  // who catches everything must not live on either
            }
        },
        testing::KilledBySignal(SIGABRT), "used up the memory");
}

TEST(Sandbox, NamesWhatIsMissing) {
    EXPECT_EQ(sandbox::names(0), std::vector<std::string>{});
    EXPECT_EQ(sandbox::names(0b11), (std::vector<std::string>{"own user", "empty root"}));
}
