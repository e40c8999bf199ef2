#include "authd/sandbox.h"

#include <linux/capability.h>

namespace authd {

// PAM's modules and the administrator's programs may do whatever they were written for, and inherit these fences: so
// there are no lists of system calls, files or ports. What stays of root's rights is to become users, and to kill what
// runs for too long; nobody below it can gain any (no_new_privs). It hears directory alone.
sandbox::Policy policy(const process::Inheritance& given) {
    sandbox::Policy policy;
    policy.keeps_root = true;
    policy.reaches_everything = true;
    policy.runs_programs = true;
    if (given.privileged) policy.capabilities = 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL;
    return policy;
}

}  // namespace authd
