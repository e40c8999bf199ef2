#include "sandbox/sandbox.h"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <utility>

#include "sandbox/fences.h"

namespace sandbox {

namespace {

bool is_entered = false;

constexpr std::array<std::pair<Fence, std::string_view>, 8> fence_names{{{Fence::OwnUser, "own user"},
                                                                         {Fence::EmptyRoot, "empty root"},
                                                                         {Fence::NoCapabilities, "no capabilities"},
                                                                         {Fence::NoNewPrivileges, "no new privileges"},
                                                                         {Fence::SystemCalls, "system calls"},
                                                                         {Fence::Files, "files"},
                                                                         {Fence::Network, "network"},
                                                                         {Fence::Limits, "limits"}}};

bool limit(__rlimit_resource what, rlim_t most) {
    rlimit now{};
    if (::getrlimit(what, &now) != 0) return false;
    const rlim_t value = std::min(most, now.rlim_max);
    const rlimit wanted{value, value};
    return ::setrlimit(what, &wanted) == 0;
}

// Running out must be the end, wherever it happens: an exception might be caught on its way as somebody's bad luck.
[[noreturn]] void end_without_memory() {
    std::fputs("hermod: this process has used up the memory it may have\n", stderr);
    std::abort();
}

bool limit_memory([[maybe_unused]] std::uint64_t most) {
    std::set_new_handler(end_without_memory);
#if __has_feature(address_sanitizer)
    return true;  // whose shadow would count
#else
    return limit(RLIMIT_DATA, most);
#endif
}

}  // namespace

std::uint64_t memory_for_knowledge() {
    const auto pages = ::sysconf(_SC_PHYS_PAGES), page = ::sysconf(_SC_PAGESIZE);
    if (pages <= 0 || page <= 0) return memory_for_work;
    const auto all = static_cast<std::uint64_t>(pages) * static_cast<std::uint64_t>(page);
    return std::max(memory_for_work, all / 4 * 3);
}

std::vector<std::string> names(std::uint32_t fences) {
    std::vector<std::string> found;
    for (const auto& [fence, name] : fence_names)
        if (fences & bit(fence)) found.emplace_back(name);
    return found;
}

std::uint32_t set_limits(const Policy& policy, const process::Inheritance& given) {
    bool stands = limit(RLIMIT_CORE, 0) && limit(RLIMIT_NOFILE, policy.open_files) && limit_memory(policy.memory);
    // The kernel counts per user: without one of its own, the limit would count other people's processes.
    if (given.privileged) stands = limit(RLIMIT_NPROC, policy.processes) && stands;
    return stands ? 0 : bit(Fence::Limits);
}

std::uint32_t enter(const Policy& policy, process::Inheritance& given) {
    std::uint32_t missing = set_limits(policy, given);
    missing |= change_root(policy, given);
    missing |= change_user(policy, given);
    given.take_directory(process::Directory::Purpose::Root).close();
    missing |= forbid_new_privileges();
    ::prctl(PR_SET_DUMPABLE, 0);
    if (!policy.runs_programs) {
        missing |= restrict_files_and_network(policy, given);
        missing |= restrict_system_calls(policy);
    }
    is_entered = true;
    return missing;
}

std::uint32_t enter(const Policy& policy, process::Inheritance&& nothing) { return enter(policy, nothing); }

}  // namespace sandbox

#if __has_feature(address_sanitizer)
// The search for leaks at exit attaches to its own process, which no policy allows.
extern "C" __attribute__((used)) int __lsan_is_turned_off() { return sandbox::is_entered; }
#endif
