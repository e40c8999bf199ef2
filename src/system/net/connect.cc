#include "net/connect.h"

#include <netinet/in.h>
#include <sys/un.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

namespace net {

namespace asio = boost::asio;

namespace {

using Socket = asio::generic::stream_protocol::socket;

struct SocketAddress {
    sockaddr_storage octets{};
    socklen_t length = 0;
    const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&octets); }
};

template <typename T>
SocketAddress from(const T& specific) {
    SocketAddress address;
    std::memcpy(&address.octets, &specific, sizeof specific);
    address.length = sizeof specific;
    return address;
}

SocketAddress to_socket_address(const ip::Endpoint& endpoint) {
    if (endpoint.address.is_v4()) {
        sockaddr_in four{};
        four.sin_family = AF_INET;
        four.sin_port = htons(endpoint.port);
        std::memcpy(&four.sin_addr, endpoint.address.octets.data(), sizeof four.sin_addr);
        return from(four);
    }
    sockaddr_in6 six{};
    six.sin6_family = AF_INET6;
    six.sin6_port = htons(endpoint.port);
    std::memcpy(&six.sin6_addr, endpoint.address.octets.data(), sizeof six.sin6_addr);
    return from(six);
}

std::unexpected<ConnectFailure> failure(int number) {
    return std::unexpected(ConnectFailure{number, std::strerror(number)});
}

/// A connection that takes its time, watched like a stream.
class Attempt final : private Deadlines::Entry {
public:
    Attempt(asio::io_context& context, Socket& socket, std::chrono::milliseconds timeout)
        : socket_(socket),
          deadlines_(asio::use_service<Deadlines>(context)),
          until_(Deadlines::Clock::now() + timeout) {
        deadlines_.watch(*this);
    }
    ~Attempt() { deadlines_.forget(*this); }

    /// errno of the outcome.
    Task<int> wait() {
        const auto [error] = co_await socket_.async_wait(Socket::wait_write, asio::as_tuple(asio::use_awaitable));
        if (error) co_return until_ == Deadlines::Clock::time_point::max() ? ETIMEDOUT : ECANCELED;
        int number = 0;
        socklen_t length = sizeof number;
        ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &number, &length);
        co_return number;
    }

private:
    Deadlines::Clock::time_point due() const override { return until_; }
    void expire(Deadlines::Clock::time_point) override {
        until_ = Deadlines::Clock::time_point::max();
        boost::system::error_code ignored;
        socket_.cancel(ignored);
    }
    void stop() override {}

    Socket& socket_;
    Deadlines& deadlines_;
    Deadlines::Clock::time_point until_;
};

Task<Connected> connect_to(asio::io_context& context, SocketAddress to, std::chrono::milliseconds timeout,
                           std::optional<SocketAddress> source) {
    file::Descriptor made(::socket(to.octets.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
    if (!made) co_return failure(errno);
    if (source) {
        const int on = 1;  // the port is chosen when the destination is known, so that there are enough
        ::setsockopt(made.get(), IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
        if (::bind(made.get(), source->get(), source->length) < 0) co_return failure(errno);
    }
    if (::connect(made.get(), to.get(), to.length) < 0) {
        if (errno != EINPROGRESS) co_return failure(errno);
        Socket socket(context, {to.octets.ss_family, 0}, made.get());
        Attempt attempt(context, socket, timeout);
        const int number = co_await attempt.wait();
        socket.release();
        if (number != 0) co_return failure(number);
    }
    co_return std::make_unique<SocketStream>(context, std::move(made), endpoint_of(to.octets));
}

}  // namespace

Task<Connected> connect(asio::io_context& context, ip::Endpoint to, std::chrono::milliseconds timeout,
                        std::optional<ip::Address> source) {
    std::optional<SocketAddress> from_address;
    if (source) from_address = to_socket_address({*source, 0});
    co_return co_await connect_to(context, to_socket_address(to), timeout, from_address);
}

Task<Connected> connect_local(asio::io_context& context, std::string path, std::chrono::milliseconds timeout) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    if (path.size() >= sizeof name.sun_path) co_return failure(ENAMETOOLONG);
    path.copy(name.sun_path, path.size());
    co_return co_await connect_to(context, from(name), timeout, std::nullopt);
}

}  // namespace net
