#include "directory/sandbox.h"

namespace directory {

// The name service reads /etc/passwd and whatever its modules read; therefore the host's directory tree stays, to read.
// Its modules are loaded before the fences go up. No network, no writing, no programs.
sandbox::Policy policy() {
    sandbox::Policy policy;
    policy.may = static_cast<std::uint32_t>(sandbox::May::ReadFiles);
    policy.keeps_root = true;
    for (const char* path : {"/etc", "/run/systemd/userdb", "/usr/lib/userdb", "/var/lib/extrausers"})
        policy.reach.push_back({.directory = -1, .path = path, .access = sandbox::Reach::Access::Read});
    policy.processes = 1;
    policy.memory = sandbox::memory_for_knowledge();  // all mailboxes of the configuration
    return policy;
}

}  // namespace directory
