// Root directory, user, groups, capabilities: what root's help is needed for.

#include <grp.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>

#include "lang/verify.h"
#include "sandbox/fences.h"

namespace sandbox {

namespace {

using Words = std::array<__user_cap_data_struct, 2>;

Words capabilities_now() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    Words words{};
    ::syscall(SYS_capget, &header, words.data());
    return words;
}

void keep_capabilities(std::uint64_t kept) {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    Words words{};
    for (std::size_t i = 0; i < 2; ++i)
        words[i].effective = words[i].permitted = static_cast<std::uint32_t>(kept >> (32 * i));
    VERIFY(::syscall(SYS_capset, &header, words.data()) == 0);
}

void shrink_bounding_set(std::uint64_t kept) {
    for (unsigned long capability = 0; capability < 64; ++capability)
        if (!(kept >> capability & 1)) ::prctl(PR_CAPBSET_DROP, capability);  // unknown ones fail
}

}  // namespace

std::uint32_t change_root(const Policy& policy, const process::Inheritance& given) {
    if (policy.keeps_root) return 0;
    if (!given.privileged) return bit(Fence::EmptyRoot);
    for (const auto& directory : given.directories) {
        if (directory.purpose != policy.root || !directory.descriptor) continue;
        // In the wild: containers without CAP_SYS_CHROOT.
        if (::fchdir(directory.descriptor.get()) == 0 && ::chroot(".") == 0) return 0;
    }
    return bit(Fence::EmptyRoot);
}

std::uint32_t change_user(const Policy& policy, const process::Inheritance& given) {
    if (given.privileged) {
        VERIFY(given.uid != 0 && given.gid != 0);
        shrink_bounding_set(policy.capabilities);
        if (policy.capabilities != 0) VERIFY(::prctl(PR_SET_KEEPCAPS, 1) == 0);
        VERIFY(::setgroups(0, nullptr) == 0);
        VERIFY(::setresgid(given.gid, given.gid, given.gid) == 0);
        VERIFY(::setresuid(given.uid, given.uid, given.uid) == 0);
        keep_capabilities(policy.capabilities);
        if (policy.capabilities == 0) VERIFY(::setresuid(0, 0, 0) != 0);
    }
    const Words words = capabilities_now();
    const std::uint64_t have = words[0].permitted | std::uint64_t{words[1].permitted} << 32;
    return (given.privileged ? 0 : bit(Fence::OwnUser)) |
           ((have & ~policy.capabilities) ? bit(Fence::NoCapabilities) : 0);
}

void keep_only_capabilities(std::uint64_t capabilities) {
    if (::geteuid() != 0) return;
    shrink_bounding_set(capabilities);
    const Words now = capabilities_now();
    keep_capabilities(capabilities & (now[0].permitted | std::uint64_t{now[1].permitted} << 32));
    forbid_new_privileges();
}

std::uint32_t forbid_new_privileges() {
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 ? 0 : bit(Fence::NoNewPrivileges);
}

}  // namespace sandbox
