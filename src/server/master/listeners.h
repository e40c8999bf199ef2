#pragma once
// The listening sockets. Each smtpd and pop3d has one of its own for every address (SO_REUSEPORT), so that they need
// not wake each other; master keeps all of them open, so that a process that dies loses no connection that waited in
// its queue.

#include <expected>
#include <string>
#include <vector>

#include "file/descriptor.h"
#include "master/plan.h"

namespace master {

class Listeners {
public:
    /// Binds what is new and closes what is no longer wanted, for so many processes of each role that has several.
    /// After an error everything is as before.
    std::expected<void, std::string> use(const std::vector<Listen>& wanted, std::uint8_t processes);

    /// Duplicates for one process.
    std::vector<process::Listener> for_process(process::Role role, std::uint8_t index) const;

private:
    struct Bound {
        Listen listen;
        std::vector<file::Descriptor> sockets;  // by process
    };
    const Bound* find(const ip::Endpoint& address) const;

    std::vector<Bound> bound_;
};

/// A local socket that only its owner, or root, can connect to. A leftover of a dead server is replaced.
std::expected<file::Descriptor, std::string> listen_locally(const std::string& path);

}  // namespace master
