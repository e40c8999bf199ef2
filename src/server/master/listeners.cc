#include "master/listeners.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

namespace master {

namespace {

constexpr int backlog = 4096;  // the kernel takes net.core.somaxconn where that is less

std::unexpected<std::string> failure(const std::string& what, int number = errno) {
    return std::unexpected(fmt::format("{}: {}", what, std::strerror(number)));
}

bool bind_to(int socket, const ip::Endpoint& endpoint) {
    if (endpoint.address.is_v4()) {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(endpoint.port);
        std::memcpy(&four.sin_addr, endpoint.address.octets.data(), sizeof four.sin_addr);
        return ::bind(socket, reinterpret_cast<const sockaddr*>(&four), sizeof four) == 0;
    }
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(endpoint.port);
    std::memcpy(&six.sin6_addr, endpoint.address.octets.data(), sizeof six.sin6_addr);
    return ::bind(socket, reinterpret_cast<const sockaddr*>(&six), sizeof six) == 0;
}

bool is_answered(const sockaddr_un& address) {
    const file::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    return ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 || errno == EAGAIN;
}

enum class Port { Alone, Shared };

std::expected<file::Descriptor, std::string> bound_socket(const ip::Endpoint& endpoint, Port port) {
    const int family = endpoint.address.is_v4() ? AF_INET : AF_INET6;
    file::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return failure(ip::to_text(endpoint));
    const int on = 1;
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (port == Port::Shared) ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
    if (family == AF_INET6) ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof on);
    if (!bind_to(socket.get(), endpoint)) return failure(ip::to_text(endpoint));
    return socket;
}

std::expected<std::vector<file::Descriptor>, std::string> listen_on(const ip::Endpoint& endpoint,
                                                                    std::uint8_t processes) {
    // Somebody else's server of the same user would share the port with us unnoticed: first ask for it alone.
    if (auto alone = bound_socket(endpoint, Port::Alone); !alone) return std::unexpected(alone.error());
    std::vector<file::Descriptor> sockets;
    for (std::uint8_t i = 0; i < processes; ++i) {
        auto socket = bound_socket(endpoint, Port::Shared);
        if (!socket) return std::unexpected(socket.error());
        if (::listen(socket->get(), backlog) != 0) return failure(ip::to_text(endpoint));
        sockets.push_back(std::move(*socket));
    }
    return sockets;
}

file::Descriptor duplicate(const file::Descriptor& original) {
    return file::Descriptor(::fcntl(original.get(), F_DUPFD_CLOEXEC, 0));
}

}  // namespace

const Listeners::Bound* Listeners::find(const ip::Endpoint& address) const {
    const auto found = std::ranges::find_if(bound_, [&](const Bound& b) { return b.listen.address == address; });
    return found == bound_.end() ? nullptr : &*found;
}

std::expected<void, std::string> Listeners::use(const std::vector<Listen>& wanted, std::uint8_t processes) {
    std::vector<Bound> next;
    for (const auto& listen : wanted) {
        Bound bound{listen, {}};
        const bool is_alone = listen.role == process::Role::Acmed || listen.role == process::Role::Httpd;
        const std::uint8_t count = is_alone ? 1 : processes;
        const Bound* old = find(listen.address);
        if (old && old->sockets.size() == count) {
            for (const auto& socket : old->sockets) bound.sockets.push_back(duplicate(socket));
        } else {
            auto sockets = open(listen, count);
            if (!sockets) return std::unexpected(fmt::format("cannot listen on {}", sockets.error()));
            bound.sockets = std::move(*sockets);
        }
        next.push_back(std::move(bound));
    }
    bound_ = std::move(next);
    close_what_nobody_serves();
    return {};
}

/// A passed socket cannot be given up, but it need not listen: or clients would wait in its queue for nobody.
void Listeners::close_what_nobody_serves() {
    for (auto& passed : passed_) {
        const bool is_served = find(passed.address) != nullptr;
        if (is_served == std::exchange(passed.is_listening, is_served)) continue;
        if (is_served)
            ::listen(passed.socket.get(), backlog);
        else
            ::shutdown(passed.socket.get(), SHUT_RDWR);
    }
}

Listeners::~Listeners() {
    for (const auto& passed : passed_)
        if (passed.socket && !passed.is_listening) ::listen(passed.socket.get(), backlog);
}

std::expected<std::vector<file::Descriptor>, std::string> Listeners::open(const Listen& listen,
                                                                          std::uint8_t processes) const {
    const auto passed = std::ranges::find(passed_, listen.address, &PassedSocket::address);
    if (passed == passed_.end()) return listen_on(listen.address, processes);
    std::vector<file::Descriptor> sockets;
    for (std::uint8_t i = 0; i < processes; ++i) sockets.push_back(duplicate(passed->socket));
    return sockets;
}

std::vector<process::Listener> Listeners::for_process(process::Role role, std::uint8_t index) const {
    std::vector<process::Listener> given;
    for (const auto& bound : bound_)
        if (bound.listen.role == role && index < bound.sockets.size())
            given.push_back({bound.listen.index, duplicate(bound.sockets[index])});
    return given;
}

std::expected<file::Descriptor, std::string> listen_locally(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return failure(path, ENAMETOOLONG);
    path.copy(address.sun_path, path.size());
    file::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!socket) return failure(path);
    struct stat status;
    if (::lstat(path.c_str(), &status) == 0) {
        if (!S_ISSOCK(status.st_mode)) return failure(path, EEXIST);
        if (is_answered(address)) return std::unexpected(fmt::format("{}: another server answers there", path));
        ::unlink(path.c_str());
    }
    const mode_t before = ::umask(0177);  // nobody slips in between bind() and a chmod()
    const bool is_bound = ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
    const int error = errno;
    ::umask(before);
    if (!is_bound) return failure(path, error);
    if (::listen(socket.get(), 64) != 0) return failure(path);
    return socket;
}

}  // namespace master
