#include "directory/sandbox.h"

namespace directory {
namespace {

void allow_port(sandbox::Policy& policy, std::uint16_t port) {
    policy.may = policy.may | sandbox::May::ConnectStreams;
    policy.connects_tcp = true;
    policy.ports.push_back(port);
}

void allow_source(sandbox::Policy& policy, const sources::Terms& source) {
    for (const auto& written : source.settings.hosts) {
        const auto host = site::parse_source_host(source.settings, written);
        if (!host) continue;
        if (host->is_local())
            policy.may = policy.may | sandbox::May::ConnectLocal;
        else
            allow_port(policy, host->port);
    }
    if (sources::has_names(source.settings)) {
        allow_port(policy, sources::name_server_port);
        // Where /etc/resolv.conf leads.
        for (const char* path : {"/run/systemd/resolve", "/run/resolvconf", "/run/NetworkManager"})
            policy.reach.push_back({.directory = -1, .path = path, .access = sandbox::Reach::Access::Read});
    }
    policy.reach.push_back(
        {.directory = -1, .path = source.settings.tls_issuers, .access = sandbox::Reach::Access::Read});
}

}  // namespace

// The name service reads /etc/passwd and whatever its modules read; therefore the host's directory tree stays, to read.
// Its modules are loaded before the fences go up. The directory's database is the one place where it writes: whoever
// reads one with a write-ahead log takes part in its locks. No programs. Passwords are looked at by threads. No
// network, but to the ports of sources of accounts where there are some, and of name servers where these have names.
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
