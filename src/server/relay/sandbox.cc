#include "relay/sandbox.h"

namespace relay {

// It accepts nobody, opens no file and runs no program. Answers to DNS questions and replies of strangers are read
// here. Its root is empty, except where a next hop is a local socket ("lmtp:/path"), which can only be named in the
// host's tree; no file can be opened there even so. Such a route that comes with a reload is reached from the next
// start on.
sandbox::Policy policy(const process::Inheritance& given) {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = Connect | ConnectLocal;
    policy.keeps_root = given.config.find("\"lmtp:/") != std::string::npos;
    policy.connects_tcp = true;
    policy.processes = 1;
    return policy;
}

}  // namespace relay
