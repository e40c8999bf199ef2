#include "net/listener.h"

#include <fcntl.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <cerrno>
#include <cstring>

#include "lang/defer.h"

namespace net {

namespace asio = boost::asio;

namespace {
constexpr int accepts_in_a_turn = 64;  // then the conversations have theirs
constexpr std::chrono::milliseconds rest{200};
constexpr auto as_values = asio::as_tuple(asio::use_awaitable);
}  // namespace

struct Listener::State : std::enable_shared_from_this<State> {
    State(asio::io_context& context_, file::Descriptor socket_, std::shared_ptr<Occupancy> occupancy_,
          Handlers handlers_)
        : context(context_),
          socket(context_, socket_.release()),
          timer(context_),
          occupancy(std::move(occupancy_)),
          handlers(std::move(handlers_)) {
        socket.non_blocking(true);
        keep_one_in_reserve();
    }

    Task<void> accept_loop();
    Task<void> accept_turn();
    bool accept_one();
    struct Client;
    Client accept_client();
    void converse(Client client);
    static Task<void> conversation(std::shared_ptr<State> self, Client client);
    void refuse(file::Descriptor connection, const std::string& why);
    void refuse_with_reserve(int number);
    void keep_one_in_reserve() { reserve = file::Descriptor(::fcntl(socket.native_handle(), F_DUPFD_CLOEXEC, 0)); }

    asio::io_context& context;
    asio::posix::stream_descriptor socket;
    asio::steady_timer timer;
    std::shared_ptr<Occupancy> occupancy;
    Handlers handlers;
    file::Descriptor reserve;  // given up for a moment to tell a client that there are no descriptors
    bool should_rest = false;
    bool closed = false;
};

struct Listener::State::Client {
    file::Descriptor connection;
    std::optional<ip::Endpoint> address;  // none: a local socket
};

/// accept(2) tells the address even of a client that is gone already; getpeername(2) would not.
Listener::State::Client Listener::State::accept_client() {
    sockaddr_storage address{};
    socklen_t length = sizeof address;
    const int connection =
        ::accept4(socket.native_handle(), reinterpret_cast<sockaddr*>(&address), &length, SOCK_CLOEXEC | SOCK_NONBLOCK);
    return {file::Descriptor(connection), endpoint_of(address)};
}

Task<void> Listener::State::accept_loop() {
    while (!closed) {
        const auto [error] = co_await socket.async_wait(asio::posix::stream_descriptor::wait_read, as_values);
        if (error) break;
        should_rest = false;
        for (int i = 0; i < accepts_in_a_turn && !closed && accept_one(); ++i) {
        }
        if (!should_rest || closed) continue;
        timer.expires_after(rest);
        co_await timer.async_wait(as_values);
    }
}

/// False: nobody waits any more, or no descriptor is left.
bool Listener::State::accept_one() {
    auto client = accept_client();
    if (!client.connection) {
        // In the wild: errors of the connection, not of the listener, are reported here by Linux (accept(2)).
        if (errno == EAGAIN) return false;
        if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) return errno != EBADF;
        refuse_with_reserve(errno);
        return false;
    }
    if (!reserve) keep_one_in_reserve();
    if (occupancy->now >= occupancy->most)
        refuse(std::move(client.connection), "too many connections");
    else
        converse(std::move(client));
    return true;
}

void Listener::State::refuse(file::Descriptor connection, const std::string& why) {
    // A fresh connection's buffer is empty, so this never waits; if it fails, the client sees the end all the same.
    ::send(connection.get(), handlers.refusal.data(), handlers.refusal.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    ::shutdown(connection.get(), SHUT_WR);
    if (handlers.on_refused) handlers.on_refused(why);
}

void Listener::State::refuse_with_reserve(int number) {
    should_rest = true;
    reserve.close();
    file::Descriptor connection(::accept4(socket.native_handle(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection) refuse(std::move(connection), std::strerror(number));
    keep_one_in_reserve();
}

void Listener::State::converse(Client client) {
    ++occupancy->now;
    asio::co_spawn(context, conversation(shared_from_this(), std::move(client)), asio::detached);
}

Task<void> Listener::State::conversation(std::shared_ptr<State> self, Client client) {
    Defer leave([&] { --self->occupancy->now; });
    SocketStream stream(self->context, std::move(client.connection), client.address);
    try {
        co_await self->handlers.serve(stream);
    } catch (const Gone& gone) {
        if (self->handlers.on_gone) self->handlers.on_gone(stream, gone);
    }
}

Listener::Listener(asio::io_context& context, file::Descriptor socket, std::shared_ptr<Occupancy> occupancy,
                   Handlers handlers)
    : state_(std::make_shared<State>(context, std::move(socket), std::move(occupancy), std::move(handlers))) {
    auto loop = [](std::shared_ptr<State> state) -> Task<void> { co_await state->accept_loop(); };
    asio::co_spawn(context, loop(state_), asio::detached);
}

Listener::~Listener() {
    state_->closed = true;
    boost::system::error_code ignored;
    state_->timer.cancel();
    state_->socket.close(ignored);
    state_->reserve.close();
}

}  // namespace net
