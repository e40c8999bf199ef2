#include "qmgr/sandbox.h"

namespace qmgr {

// The spool is its whole directory tree. One thread waits for the disk. It makes no sockets and runs no programs.
sandbox::Policy policy() {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = ReadFiles | WriteFiles | Thread;
    policy.root = process::Directory::Purpose::Spool;
    policy.reach.push_back({.access = sandbox::Reach::Access::Write, .purpose = policy.root});
    policy.memory = sandbox::memory_for_knowledge();  // it has every message of the queue in mind
    return policy;
}

}  // namespace qmgr
