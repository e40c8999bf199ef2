#include "directory/sandbox.h"

namespace directory {
namespace {

void allow_source(sandbox::Policy& policy, const sources::Terms& source) {
    for (const auto& [host, address] : source.endpoints) {
        policy.may = policy.may | (host.is_local() ? sandbox::May::ConnectLocal : sandbox::May::ConnectStreams);
        if (host.is_local()) continue;
        policy.connects_tcp = true;
        policy.ports.push_back(host.port);
    }
    policy.reach.push_back(
        {.directory = -1, .path = source.settings.tls_issuers, .access = sandbox::Reach::Access::Read});
}

}  // namespace

// The name service reads /etc/passwd and whatever its modules read; therefore the host's directory tree stays, to read.
// Its modules are loaded before the fences go up. The directory's database is the one place where it writes: whoever
// reads one with a write-ahead log takes part in its locks. No programs. Passwords are looked at by threads. No
// network, but to the ports of sources of accounts where there are some; their names were looked up before.
sandbox::Policy policy(const std::string& database, const std::string& lists,
                       const std::vector<sources::Terms>& sources) {
    sandbox::Policy policy;
    policy.may = sandbox::May::ReadFiles | sandbox::May::WriteFiles | sandbox::May::Thread;
    policy.keeps_root = true;
    for (const char* path : {"/etc", "/run/systemd/userdb", "/usr/lib/userdb", "/var/lib/extrausers"})
        policy.reach.push_back({.directory = -1, .path = path, .access = sandbox::Reach::Access::Read});
    policy.reach.push_back({.directory = -1, .path = database, .access = sandbox::Reach::Access::Write});
    policy.reach.push_back({.directory = -1, .path = lists, .access = sandbox::Reach::Access::Read});
    for (const auto& source : sources) allow_source(policy, source);
    policy.memory = sandbox::memory_for_knowledge();  // all mailboxes of the configuration
    return policy;
}

}  // namespace directory
