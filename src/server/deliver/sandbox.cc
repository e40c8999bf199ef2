#include "deliver/sandbox.h"

#include <linux/capability.h>

namespace deliver {

// It must be able to become the owner of any mailbox, so the whole tree stays in reach of its workers, each of which
// raises narrower fences once it is its owner (fence.h). No network, no programs, no other capability.
sandbox::Policy policy(const process::Inheritance& given) {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = ReadFiles | WriteFiles | Fork | BecomeUser | Thread;  // threads for the workers: both filters count
    policy.keeps_root = true;
    policy.reaches_everything = true;
    if (given.privileged) policy.capabilities = 1U << CAP_SETUID | 1U << CAP_SETGID;
    policy.processes = 1024;
    return policy;
}

}  // namespace deliver
