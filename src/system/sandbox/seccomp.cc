// The list of system calls: whatever is not on it fails with EPERM (and is logged), or kills.

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <seccomp.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>
#include <memory>
#include <span>

#include "lang/verify.h"
#include "sandbox/calls.h"
#include "sandbox/fences.h"

namespace sandbox {

namespace {

class Filter {
public:
    explicit Filter(std::uint32_t otherwise) : context_(::seccomp_init(otherwise), &::seccomp_release) {
        VERIFY(context_);
        // A process in the other half of the architecture (int 0x80, x32) would pass every rule by.
        ::seccomp_attr_set(context_.get(), SCMP_FLTATR_ACT_BADARCH, SCMP_ACT_KILL_PROCESS);
        ::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_LOG, 1);
        ::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_OPTIMIZE, 2);  // a binary tree instead of a list
    }

    void allow(std::span<const int> calls) { add(SCMP_ACT_ALLOW, calls); }
    void kill(std::span<const int> calls) { add(SCMP_ACT_KILL_PROCESS, calls); }
    void answer(int call, int number, std::initializer_list<scmp_arg_cmp> conditions = {}) {
        rule(SCMP_ACT_ERRNO(static_cast<unsigned>(number)), call, conditions);
    }
    void allow_if(int call, std::initializer_list<scmp_arg_cmp> conditions) { rule(SCMP_ACT_ALLOW, call, conditions); }

    bool load() {
        // Threads that were started before come under it too, where there are any.
        ::seccomp_attr_set(context_.get(), SCMP_FLTATR_CTL_TSYNC, 1);
        return ::seccomp_load(context_.get()) == 0;
    }

private:
    void add(std::uint32_t action, std::span<const int> calls) {
        for (const int call : calls) rule(action, call, {});
    }
    void rule(std::uint32_t action, int call, std::initializer_list<scmp_arg_cmp> conditions) {
        const int result = ::seccomp_rule_add_array(context_.get(), action, call,
                                                    static_cast<unsigned>(conditions.size()), conditions.begin());
        VERIFY(result == 0 || result == -EDOM || result == -EEXIST);  // unknown to this library or kernel; twice
    }

    std::unique_ptr<void, decltype(&::seccomp_release)> context_;
};

constexpr scmp_arg_cmp is(unsigned argument, std::uint64_t value) { return {argument, SCMP_CMP_EQ, value, 0}; }
constexpr scmp_arg_cmp masked(unsigned argument, std::uint64_t mask, std::uint64_t value) {
    return {argument, SCMP_CMP_MASKED_EQ, mask, value};
}

constexpr std::uint64_t low_half = 0xffff'ffff;  // all that the kernel looks at of an int

void allow_memory(Filter& filter, bool code_too) {
    for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)}) {
        if (code_too)
            filter.allow_if(call, {});
        else
            filter.allow_if(call, {masked(2, PROT_EXEC, 0)});
    }
}

void allow_descriptors(Filter& filter) {
    for (const int command : {F_DUPFD_CLOEXEC, F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_ADD_SEALS, F_GET_SEALS,
                              F_SETLK, F_SETLKW, F_GETLK, F_OFD_SETLK, F_OFD_SETLKW})
        filter.allow_if(SCMP_SYS(fcntl), {is(1, static_cast<std::uint64_t>(command))});
    for (const std::uint64_t request : {std::uint64_t{FIONBIO}, std::uint64_t{FIONREAD}, std::uint64_t{TCGETS}})
        filter.allow_if(SCMP_SYS(ioctl), {is(1, request)});
    // In the wild: glibc makes fstat(fd) of this one.
    filter.allow_if(SCMP_SYS(newfstatat), {masked(3, AT_EMPTY_PATH, AT_EMPTY_PATH)});
}

/// What nobody's filters, extensions or packets can be attached with.
void allow_socket_options(Filter& filter) {
    struct Options {
        std::uint64_t level;
        std::initializer_list<std::uint64_t> names;
    };
    const Options all[] = {
        {SOL_SOCKET,
         {SO_REUSEADDR, SO_REUSEPORT, SO_KEEPALIVE, SO_LINGER, SO_SNDBUF, SO_RCVBUF, SO_SNDTIMEO, SO_RCVTIMEO}},
        {IPPROTO_TCP, {TCP_NODELAY, TCP_CORK, TCP_USER_TIMEOUT, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_MAXSEG}},
        {IPPROTO_IP, {IP_BIND_ADDRESS_NO_PORT, IP_MTU_DISCOVER, IP_TOS, IP_RECVERR}},
        {IPPROTO_IPV6,
         {IPV6_V6ONLY, IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_RECVERR, IPV6_TCLASS, 63 /* IPV6_USE_MIN_MTU */}},
    };
    for (const auto& [level, names] : all)
        for (const std::uint64_t name : names) filter.allow_if(SCMP_SYS(setsockopt), {is(1, level), is(2, name)});
}

void allow_itself(Filter& filter) {
    filter.allow_if(SCMP_SYS(prlimit64), {is(0, 0), is(2, 0)});  // asking, not setting
    filter.allow_if(SCMP_SYS(prctl), {is(0, PR_SET_NAME)});
    filter.allow_if(SCMP_SYS(tgkill), {is(0, static_cast<std::uint64_t>(::getpid()))});  // abort()
}

void allow_connecting(Filter& filter, const Policy& policy) {
    constexpr std::uint64_t type_mask = 0xf;
    if (allows(policy, May::ConnectStreams))
        for (const std::uint64_t family : {std::uint64_t{AF_INET}, std::uint64_t{AF_INET6}})
            filter.allow_if(SCMP_SYS(socket), {is(0, family), masked(1, type_mask, SOCK_STREAM)});
    if (allows(policy, May::Connect)) {
        for (const std::uint64_t family : {std::uint64_t{AF_INET}, std::uint64_t{AF_INET6}})
            for (const std::uint64_t type : {std::uint64_t{SOCK_STREAM}, std::uint64_t{SOCK_DGRAM}})
                filter.allow_if(SCMP_SYS(socket), {is(0, family), masked(1, type_mask, type)});
    }
    if (allows(policy, May::ConnectLocal))
        filter.allow_if(SCMP_SYS(socket), {is(0, AF_UNIX), masked(1, type_mask, SOCK_STREAM)});
    if (allows(policy, May::Connect)) filter.allow(connecting);
    if (allows(policy, May::ConnectLocal) || allows(policy, May::ConnectStreams))
        filter.allow_if(SCMP_SYS(connect), {});
}

void allow_files(Filter& filter, const Policy& policy) {
    if (allows(policy, May::ReadFiles)) {
        filter.allow(reading_files);
        constexpr std::uint64_t writing = O_ACCMODE | O_CREAT | O_TRUNC;  // O_TMPFILE comes with O_WRONLY or O_RDWR
        filter.allow_if(SCMP_SYS(openat), {masked(2, writing, O_RDONLY)});
        filter.allow_if(SCMP_SYS(open), {masked(1, writing, O_RDONLY)});
    }
    if (allows(policy, May::WriteFiles)) filter.allow(writing_files);
}

void allow_children(Filter& filter, const Policy& policy) {
    constexpr std::uint64_t namespaces =
        CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID | CLONE_NEWNET;
    if (allows(policy, May::Thread))
        filter.allow_if(SCMP_SYS(clone), {masked(0, CLONE_THREAD | namespaces, CLONE_THREAD)});
    if (allows(policy, May::Fork)) {
        filter.allow_if(SCMP_SYS(clone), {masked(0, CLONE_THREAD | namespaces, 0)});
        filter.allow_if(SCMP_SYS(fork), {});
        filter.allow(forking);
        filter.allow_if(SCMP_SYS(tgkill), {});  // a child's abort() names the child
    }
    filter.answer(SCMP_SYS(clone3), ENOSYS);  // its flags lie in memory; the C library falls back to clone
    if (!allows(policy, May::BecomeUser)) return;
    filter.allow(becoming_user);
    // Groups lie in memory, where they cannot be looked at: none, then.
    filter.allow_if(SCMP_SYS(setgroups), {masked(0, low_half, 0)});
}

/// Who may become users still never becomes root, nor takes its group. A filter of its own, as the stricter one counts.
bool never_become_root() {
    Filter filter(SCMP_ACT_ALLOW);
    for (const int call : {SCMP_SYS(setuid), SCMP_SYS(setgid)}) filter.answer(call, EPERM, {masked(0, low_half, 0)});
    for (const int call : {SCMP_SYS(setresuid), SCMP_SYS(setresgid)})
        for (const unsigned argument : {0U, 1U, 2U}) filter.answer(call, EPERM, {masked(argument, low_half, 0)});
    return filter.load();
}

}  // namespace

std::uint32_t restrict_system_calls(const Policy& policy) {
    if (allows(policy, May::BecomeUser) && !never_become_root()) return bit(Fence::SystemCalls);
    Filter filter(SCMP_ACT_ERRNO(EPERM));
    filter.allow(always);
    allow_memory(filter, allows(policy, May::LoadLibraries));
    allow_descriptors(filter);
    allow_socket_options(filter);
    allow_itself(filter);
    if (allows(policy, May::Accept)) filter.allow(accepting);
    allow_connecting(filter, policy);
    allow_files(filter, policy);
    allow_children(filter, policy);
    filter.kill(never);
    return filter.load() ? 0 : bit(Fence::SystemCalls);
}

}  // namespace sandbox
