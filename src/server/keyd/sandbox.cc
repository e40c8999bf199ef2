#include "keyd/sandbox.h"

namespace keyd {

// The keys were opened by master and are read before the fences go up; those of a reload come as descriptors too.
// Nothing in the filesystem is in reach, no network, no program.
sandbox::Policy policy() {
    sandbox::Policy policy;
    policy.processes = 1;
    return policy;
}

}  // namespace keyd
