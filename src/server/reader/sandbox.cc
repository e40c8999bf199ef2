#include "reader/sandbox.h"

#include <linux/capability.h>

namespace reader {

// As deliver's: the whole tree stays in reach of its workers, each of which raises narrower fences once it is its owner
// (fence.h). No network, no programs, no other capability.
sandbox::Policy policy(const process::Inheritance& given, std::uint32_t sessions) {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = ReadFiles | WriteFiles | Fork | BecomeUser;
    policy.keeps_root = true;
    policy.reaches_everything = true;
    if (given.privileged) policy.capabilities = 1U << CAP_SETUID | 1U << CAP_SETGID;
    policy.processes = sessions + 512;
    return policy;
}

}  // namespace reader
