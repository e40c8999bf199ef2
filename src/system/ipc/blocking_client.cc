#include "ipc/blocking_client.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace ipc {

namespace {

using Clock = std::chrono::steady_clock;

std::unexpected<ClientError> failure(int number, const char* what) {
    return std::unexpected(ClientError{number, std::string(what) + ": " + std::strerror(number)});
}

/// Until the socket is ready for `events` or `deadline` has passed; then errno is ETIMEDOUT.
bool wait_for(const file::Descriptor& socket, short events, Clock::time_point deadline) {
    for (;;) {
        const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - Clock::now());
        pollfd waiting{socket.get(), events, 0};
        const int ready = left.count() <= 0 ? 0 : ::poll(&waiting, 1, static_cast<int>(left.count()));
        if (ready > 0) return true;
        if (ready < 0 && errno == EINTR) continue;
        if (ready == 0) errno = ETIMEDOUT;
        return false;
    }
}

}  // namespace

bool ClientError::is_nobody_there() const { return number == ENOENT || number == ECONNREFUSED; }
bool ClientError::is_forbidden() const { return number == EACCES || number == EPERM; }

std::expected<BlockingSocket, ClientError> BlockingSocket::connect(const std::string& path) {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    if (path.size() >= sizeof address.sun_path) return failure(ENAMETOOLONG, path.c_str());
    path.copy(address.sun_path, path.size());
    file::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    if (!socket) return failure(errno, "socket");
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) < 0)
        return failure(errno, path.c_str());
    return BlockingSocket(std::move(socket));
}

pid_t BlockingSocket::listening_process() const {
    ucred listener{};
    socklen_t size = sizeof listener;
    const bool is_known = ::getsockopt(socket_.get(), SOL_SOCKET, SO_PEERCRED, &listener, &size) == 0;
    return is_known && listener.pid > 0 ? listener.pid : 0;
}

file::Descriptor BlockingSocket::open_listening_process() const {
    const auto pid = listening_process();
    return file::Descriptor(pid == 0 ? -1 : static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
}

std::expected<void, ClientError> BlockingSocket::end(std::chrono::milliseconds timeout) {
    if (!out_.end()) return std::unexpected(ClientError{0, "the request is too long"});
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        const int error = out_.write_to(socket_.get());
        if (error == 0) return {};
        if (error != EAGAIN) return failure(error, "writing to the server");
        if (!wait_for(socket_, POLLOUT, deadline)) return failure(errno, "writing to the server");
    }
}

std::expected<std::string_view, ClientError> BlockingSocket::receive(std::chrono::milliseconds timeout) {
    const auto deadline = Clock::now() + timeout;
    for (;;) {
        if (const auto frame = in_.next()) return *frame;
        if (in_.is_malformed()) return std::unexpected(ClientError{0, "the server's answer is malformed"});
        switch (in_.receive(socket_.get())) {
            case ReceiveBuffer::Got::Full:
            case ReceiveBuffer::Got::Part: continue;
            case ReceiveBuffer::Got::End: return std::unexpected(ClientError{0, "the server closed the connection"});
            case ReceiveBuffer::Got::Failed: return failure(errno, "reading from the server");
            case ReceiveBuffer::Got::Nothing: break;
        }
        if (!wait_for(socket_, POLLIN, deadline)) return failure(errno, "waiting for the server");
    }
}

}  // namespace ipc
