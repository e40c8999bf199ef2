#include "relay/sandbox.h"

namespace relay {

// It accepts nobody, opens no file and runs no program. Answers to DNS questions and replies of strangers are read here.
sandbox::Policy policy() {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = Connect | ConnectLocal;
    policy.connects_tcp = true;
    policy.processes = 1;
    return policy;
}

}  // namespace relay
