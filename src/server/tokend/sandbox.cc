#include "tokend/sandbox.h"

namespace tokend {

// It accepts nobody, opens no file and runs no program. What the issuer and DNS servers answer is read here; the secret
// that it has was read before.
sandbox::Policy policy() {
    sandbox::Policy policy;
    policy.may = static_cast<std::uint32_t>(sandbox::May::Connect);
    policy.connects_tcp = true;
    policy.open_files = 1024;
    policy.processes = 1;
    return policy;
}

}  // namespace tokend
