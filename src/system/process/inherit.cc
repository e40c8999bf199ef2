#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

#include "process/process.h"
#include "process/wire.h"

namespace process {

namespace {

[[noreturn]] void leave(const char* why) {
    std::fprintf(stderr, "hermod: %s\n", why);
    ::_exit(1);
}

void ignore_signals() {
    for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGPIPE, SIGUSR1, SIGUSR2, SIGQUIT}) ::signal(number, SIG_IGN);
}

/// For ps, top and the kernel's words about us; otherwise it would be that of the link we were started by. Its first 15
/// octets are kept.
void call_ourselves(Role role) {
    const std::string called = "hermod-" + std::string(name(role));
    ::prctl(PR_SET_NAME, called.c_str());
}

file::Descriptor take(Packet<Order>& packet, std::size_t which) {
    if (which >= packet.descriptors.size()) leave("master sent no descriptor where one belongs");
    return std::move(packet.descriptors[which]);
}

void take_log(Packet<Order>& packet, file::Descriptor& log, file::Descriptor& events) {
    std::size_t next = 0;
    if (packet.value.outputs & Order::has_log) log = take(packet, next++);
    if (packet.value.outputs & Order::has_events) events = take(packet, next++);
}

void take_identity(const Order& order, Inheritance& given) {
    given.role = order.role;
    given.index = static_cast<std::uint8_t>(order.index);
    given.siblings = order.siblings;
    given.roles = order.roles;
    given.privileged = order.privileged;
    given.uid = order.uid;
    given.gid = order.gid;
}

void take(Packet<Order>& packet, Inheritance& given) {
    const Order& order = packet.value;
    switch (order.kind) {
        case Order::Kind::Config: given.config = content(take(packet, 0)); break;
        case Order::Kind::Log: take_log(packet, given.log, given.events); break;
        case Order::Kind::Listener: given.listeners.push_back({order.index, take(packet, 0)}); break;
        case Order::Kind::Peer:
            given.peers.push_back({order.role, static_cast<std::uint8_t>(order.index), take(packet, 0)});
            break;
        case Order::Kind::Directory: given.directories.push_back({order.purpose, take(packet, 0)}); break;
        case Order::Kind::Secret: given.secrets.push_back({order.index, take(packet, 0)}); break;
        case Order::Kind::Start: take_identity(order, given); break;
        case Order::Kind::Stop: ::_exit(0);
        case Order::Kind::Closing:
        case Order::Kind::ListenersComplete:
        case Order::Kind::SecretsComplete:
        case Order::Kind::Process:
        case Order::Kind::Answer: break;
    }
}

}  // namespace

file::Descriptor Inheritance::take_directory(Directory::Purpose purpose) {
    for (auto& directory : directories)
        if (directory.purpose == purpose) return std::move(directory.descriptor);
    return {};
}

std::vector<Peer> Inheritance::take_peers(Role wanted) {
    std::vector<Peer> taken;
    for (auto& peer : peers)
        if (peer.role == wanted) taken.push_back(std::move(peer));
    std::erase_if(peers, [](const Peer& peer) { return !peer.socket; });
    return taken;
}

Inheritance inherit() { return inherit(file::Descriptor(control_descriptor)); }

Inheritance inherit(file::Descriptor control) {
    ignore_signals();
    Inheritance given;
    Packet<Order> packet;
    do {
        if (receive(control.get(), packet, /*wait=*/true) != Got::Packet)
            leave("this role is started by `hermod serve`, not by hand");
        take(packet, given);
    } while (packet.value.kind != Order::Kind::Start);
    call_ourselves(given.role);
    given.control = std::move(control);
    return given;
}

}  // namespace process
