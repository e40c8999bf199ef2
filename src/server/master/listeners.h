#pragma once
// The listening sockets. Each smtpd and pop3d has one of its own for every address (SO_REUSEPORT), so that they need
// not wake each other; master keeps all of them open, so that a process that dies loses no connection that waited in
// its queue.

#include <expected>
#include <string>
#include <vector>

#include "file/descriptor.h"
#include "master/activation.h"
#include "master/plan.h"

namespace master {

class Listeners {
public:
    /// Sockets that need not be bound; of each, all processes of its role accept from the same.
    explicit Listeners(std::vector<PassedSocket> passed = {}) : passed_(std::move(passed)) {}
    Listeners(Listeners&&) = default;
    Listeners& operator=(Listeners&&) = default;
    /// Whoever passed sockets on has them as they were.
    ~Listeners();

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
    void close_what_nobody_serves();
    const Bound* find(const ip::Endpoint& address) const;
    std::expected<std::vector<file::Descriptor>, std::string> open(const Listen& listen, std::uint8_t processes) const;

    std::vector<PassedSocket> passed_;  // kept: their ports are the service manager's, and may be wanted again
    std::vector<Bound> bound_;
};

/// A local socket that only its owner, or root, can connect to. A leftover of a dead server is replaced.
std::expected<file::Descriptor, std::string> listen_locally(const std::string& path);

}  // namespace master
