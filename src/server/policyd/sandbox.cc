#include "policyd/sandbox.h"

namespace policyd {

// Records, answers and messages of strangers are read here. It accepts nobody, runs no program, and reaches its own
// folder alone; a break-in sees the messages that come in, can say what it likes about them, and write letters.
sandbox::Policy policy() {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = Connect | ReadFiles | WriteFiles;
    policy.connects_tcp = true;
    policy.root = process::Directory::Purpose::State;
    policy.reach.push_back({.access = sandbox::Reach::Access::Write, .purpose = policy.root});
    policy.processes = 1;
    return policy;
}

}  // namespace policyd
