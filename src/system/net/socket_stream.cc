#include "net/socket_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include <algorithm>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>
#include <utility>

#include "net/stop.h"

namespace net {

namespace asio = boost::asio;

namespace {

constexpr auto as_values = asio::as_tuple(asio::use_awaitable);

boost::asio::generic::stream_protocol protocol_of(int socket) {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    ::getsockname(socket, reinterpret_cast<sockaddr*>(&address), &length);
    return {address.ss_family, address.ss_family == AF_UNIX ? 0 : IPPROTO_TCP};
}

[[noreturn]] void fail(int number) {
    const bool is_closed = number == ECONNRESET || number == EPIPE || number == EBADF;
    throw Gone(is_closed ? Gone::Why::Closed : Gone::Why::Failed, std::strerror(number));
}

std::string_view describe(Gone::Why why) { return why == Gone::Why::Stopping ? "stopping" : "timed out"; }

}  // namespace

void stop_reading(asio::io_context& context) { asio::use_service<Deadlines>(context).begin_stop(); }

SocketStream::SocketStream(asio::io_context& context, file::Descriptor socket, std::optional<ip::Endpoint> remote)
    : socket_(context), remote_(remote), deadlines_(asio::use_service<Deadlines>(context)) {
    const auto protocol = protocol_of(socket.get());
    socket_.assign(protocol, socket.release());
    socket_.non_blocking(true);
    const int on = 1;
    if (protocol.family() != AF_UNIX) ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
}

SocketStream::~SocketStream() {
    deadlines_.forget(*this);
    close();
}

void SocketStream::set_deadline(std::chrono::milliseconds from_now) {
    deadline_ = Deadlines::Clock::now() + from_now;
    for (Time* wait : {&read_until_, &write_until_})
        if (*wait != Time::max()) *wait = std::min(*wait, deadline_);
    deadlines_.watch(*this);
}

Task<void> SocketStream::read_some(std::string& buffer, std::size_t most) {
    auto& scratch = deadlines_.scratch();
    // After a command the next one has rarely arrived already, so asking the kernel first would be in vain.
    bool wait = !more_expected_ && !deadlines_.is_stopping();
    for (;; wait = true) {
        if (wait) {
            if (deadlines_.is_stopping()) throw Gone(Gone::Why::Stopping, "stopping");
            const auto now = Deadlines::Clock::now();
            if (deadline_ <= now) throw Gone(Gone::Why::TimedOut, "timed out");
            begin_wait(read_until_, std::min(now + timeout_, deadline_));
            const auto [error] = co_await socket_.async_wait(Socket::wait_read, as_values);
            end_wait(read_until_, error);
        }
        const std::size_t asked = std::min(most, scratch.size());
        const ssize_t got = ::recv(socket(), scratch.data(), asked, 0);
        if (got == 0) throw Gone(Gone::Why::Closed, "connection closed");
        if (got > 0) {
            more_expected_ = static_cast<std::size_t>(got) == asked;
            buffer.append(scratch.data(), static_cast<std::size_t>(got));
            ::explicit_bzero(scratch.data(), static_cast<std::size_t>(got));  // the next one's is another connection
            co_return;
        }
        if (errno != EAGAIN && errno != EINTR) fail(errno);
    }
}

Task<void> SocketStream::write(std::string_view bytes) {
    // Hostile: of the whole, so that a client which takes an octet a minute does not hold us for ever.
    const Time until = Deadlines::Clock::now() + timeout_;
    while (!bytes.empty()) {
        const ssize_t sent = ::send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (sent >= 0) {
            bytes.remove_prefix(static_cast<std::size_t>(sent));
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) fail(errno);
        begin_wait(write_until_, until);
        const auto [error] = co_await socket_.async_wait(Socket::wait_write, as_values);
        end_wait(write_until_, error);
    }
}

void SocketStream::begin_wait(Time& wait, Time until) {
    interrupted_.reset();
    wait = until;
    deadlines_.watch(*this);
}

void SocketStream::end_wait(Time& wait, const boost::system::error_code& error) {
    wait = Time::max();
    if (!error) return;
    if (interrupted_) throw Gone(*interrupted_, std::string(describe(*interrupted_)));
    if (error == asio::error::operation_aborted) throw Gone(Gone::Why::Closed, "closed here");
    throw Gone(Gone::Why::Failed, error.message());
}

void SocketStream::expire(Time) {
    interrupted_ = Gone::Why::TimedOut;
    read_until_ = write_until_ = Time::max();
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

void SocketStream::stop() {
    if (read_until_ == Time::max() || write_until_ != Time::max()) return;
    interrupted_ = Gone::Why::Stopping;
    boost::system::error_code ignored;
    socket_.cancel(ignored);
}

bool SocketStream::has_unread() const {
    char octet;
    return ::recv(socket(), &octet, 1, MSG_PEEK | MSG_DONTWAIT) > 0;
}

void SocketStream::send_last(std::string_view bytes) {
    if (socket_.is_open()) ::send(socket(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
}

void SocketStream::close() {
    if (!socket_.is_open()) return;
    // In the wild: octets left unread make the kernel send RST, which may overtake our last reply.
    auto& scratch = deadlines_.scratch();
    ::shutdown(socket_.native_handle(), SHUT_WR);
    for (int i = 0; i < 16; ++i) {
        const ssize_t got = ::recv(socket_.native_handle(), scratch.data(), scratch.size(), MSG_DONTWAIT);
        if (got <= 0) break;
        ::explicit_bzero(scratch.data(), static_cast<std::size_t>(got));
    }
    boost::system::error_code ignored;
    socket_.close(ignored);
}

std::optional<ip::Endpoint> SocketStream::local() const {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    if (::getsockname(socket(), reinterpret_cast<sockaddr*>(&address), &length) < 0) return std::nullopt;
    return endpoint_of(address);
}

std::optional<ip::Endpoint> endpoint_of(const sockaddr_storage& address) {
    ip::Endpoint endpoint;
    if (address.ss_family == AF_INET) {
        sockaddr_in four;
        std::memcpy(&four, &address, sizeof four);
        endpoint.port = ntohs(four.sin_port);
        endpoint.address = ip::v4(ntohl(four.sin_addr.s_addr));
    } else if (address.ss_family == AF_INET6) {
        sockaddr_in6 six;
        std::memcpy(&six, &address, sizeof six);
        std::array<std::uint8_t, 16> octets;
        std::memcpy(octets.data(), &six.sin6_addr, octets.size());
        endpoint.port = ntohs(six.sin6_port);
        endpoint.address = ip::v6(octets).unmapped();
    } else {
        return std::nullopt;
    }
    return endpoint;
}

}  // namespace net
