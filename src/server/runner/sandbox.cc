#include "runner/sandbox.h"

#include <linux/capability.h>

namespace runner {

// What it starts inherits its fences, and is to be what the user would run by hand: so there are no lists of system
// calls, files or ports. What stays of root's rights is to become users, and to kill what they leave behind; nobody
// below it can gain any (no_new_privs). It hears deliver and acmed alone, and reads no message.
sandbox::Policy policy(const process::Inheritance& given) {
    sandbox::Policy policy;
    policy.keeps_root = true;
    policy.reaches_everything = true;
    policy.runs_programs = true;
    if (given.privileged) policy.capabilities = 1U << CAP_SETUID | 1U << CAP_SETGID | 1U << CAP_KILL;
    policy.processes = 4096;
    policy.memory = sandbox::memory_for_knowledge();  // its programs have limits of their own: program_memory
    return policy;
}

}  // namespace runner
