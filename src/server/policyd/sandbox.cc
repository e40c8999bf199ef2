#include "policyd/sandbox.h"

namespace policyd {

// Records, answers and messages of strangers are read here. It accepts nobody, runs no program, and reaches its own
// folder alone; a break-in sees the messages that come in, can say what it likes about them, and write letters. Its
// root is that folder, except where a scanner answers at a local socket, which can only be named in the host's tree; no
// other file can be opened there even so. The first such scanner that comes with a reload is reached from the next
// start on.
sandbox::Policy policy(bool reaches_sockets) {
    using enum sandbox::May;
    sandbox::Policy policy;
    policy.may = Connect | ReadFiles | WriteFiles;
    if (reaches_sockets) policy.may = policy.may | ConnectLocal;
    policy.keeps_root = reaches_sockets;
    policy.connects_tcp = true;
    policy.root = process::Directory::Purpose::State;
    policy.reach.push_back({.access = sandbox::Reach::Access::Write, .purpose = policy.root});
    policy.processes = 1;
    return policy;
}

}  // namespace policyd
