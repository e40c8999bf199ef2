#include "directory/sandbox.h"

namespace directory {

// The name service reads /etc/passwd and whatever its modules read; therefore the host's directory tree stays, to read.
// Its modules are loaded before the fences go up. The directory's database is the one place where it writes: whoever
// reads one with a write-ahead log takes part in its locks. No network, no programs. Passwords are looked at by
// threads.
sandbox::Policy policy(const std::string& database, const std::string& lists) {
    sandbox::Policy policy;
    policy.may = sandbox::May::ReadFiles | sandbox::May::WriteFiles | sandbox::May::Thread;
    policy.keeps_root = true;
    for (const char* path : {"/etc", "/run/systemd/userdb", "/usr/lib/userdb", "/var/lib/extrausers"})
        policy.reach.push_back({.directory = -1, .path = path, .access = sandbox::Reach::Access::Read});
    policy.reach.push_back({.directory = -1, .path = database, .access = sandbox::Reach::Access::Write});
    policy.reach.push_back({.directory = -1, .path = lists, .access = sandbox::Reach::Access::Read});
    policy.memory = sandbox::memory_for_knowledge();  // all mailboxes of the configuration
    return policy;
}

}  // namespace directory
