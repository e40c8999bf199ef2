#include "pickup/sandbox.h"

namespace pickup {

// Messages that users of this machine left are read and removed here. It makes no sockets and runs no programs.
sandbox::Policy policy() {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = ReadFiles | WriteFiles | Thread;
    policy.root = process::Directory::Purpose::Drop;
    policy.reach.push_back({.access = sandbox::Reach::Access::Write, .purpose = policy.root});
    return policy;
}

}  // namespace pickup
