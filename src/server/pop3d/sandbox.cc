#include "pop3d/sandbox.h"

#include <algorithm>

namespace pop3d {

namespace {
constexpr std::uint64_t memory_of_a_session = 512 * 1024;  // TLS, a piece of a message and what becomes of it
}  // namespace

// Octets of strangers are read here, so nothing is in reach: no file, no connection outward, no program.
sandbox::Policy policy(std::uint32_t connections) {
    sandbox::Policy policy;
    policy.memory = std::max(sandbox::memory_for_work, connections * memory_of_a_session);
    policy.may = static_cast<std::uint32_t>(sandbox::May::Accept);
    policy.processes = 1;
    return policy;
}

}  // namespace pop3d
