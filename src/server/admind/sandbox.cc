#include "admind/sandbox.h"

namespace admind {

// It acts by messages to its neighbours and master alone.
sandbox::Policy policy() {
    sandbox::Policy policy;
    policy.may = static_cast<std::uint32_t>(sandbox::May::Accept);
    policy.open_files = 256;
    policy.processes = 1;
    return policy;
}

}  // namespace admind
