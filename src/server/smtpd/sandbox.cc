#include "smtpd/sandbox.h"

#include <algorithm>

namespace smtpd {

namespace {
constexpr std::uint64_t memory_of_a_session = 512 * 1024;  // what is read ahead, a message in memory, its recipients
}

// Octets of strangers are read here, so nothing is in reach: no file, no connection outward, no program. Long messages
// are written into files that qmgr opened.
sandbox::Policy policy(std::uint32_t connections) {
    sandbox::Policy policy;
    policy.memory = std::max(sandbox::memory_for_work, connections * memory_of_a_session);
    policy.may = static_cast<std::uint32_t>(sandbox::May::Accept);
    policy.processes = 1;
    return policy;
}

}  // namespace smtpd
