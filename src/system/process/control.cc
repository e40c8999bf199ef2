#include <poll.h>
#include <unistd.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>

#include "process/process.h"
#include "process/wire.h"

namespace process {

namespace asio = boost::asio;

namespace {
constexpr std::chrono::seconds longest_without_master{5};
}  // namespace

struct Control::State : std::enable_shared_from_this<State> {
    State(asio::io_context& context, file::Descriptor channel, Handlers handlers_)
        : socket(context, channel.release()), last_moment(context), handlers(std::move(handlers_)) {
        socket.non_blocking(true);
    }

    void await();
    void read();
    void take(Packet<Order>& packet);
    void take_log(Packet<Order>& packet);
    void stop(std::chrono::milliseconds time);
    void master_is_gone();
    void tell(const Note& note);

    asio::posix::stream_descriptor socket;
    asio::steady_timer last_moment;
    Handlers handlers;
    std::vector<Listener> listeners;  // until the set is complete
    std::vector<Secret> secrets;      // likewise
    bool is_told_to_stop = false;
    bool closed = false;
};

void Control::State::await() {
    socket.async_wait(asio::posix::stream_descriptor::wait_read,
                      [self = shared_from_this()](boost::system::error_code error) {
                          if (!error && !self->closed) self->read();
                      });
}

void Control::State::read() {
    Packet<Order> packet;
    while (!closed) {
        switch (receive(socket.native_handle(), packet, /*wait=*/false)) {
            case Got::Packet: take(packet); break;
            case Got::Nothing: return await();
            case Got::End: return master_is_gone();
        }
    }
}

template <typename F, typename... Args>
void call(const F& handler, Args&&... args) {
    if (handler) handler(std::forward<Args>(args)...);
}

void Control::State::take(Packet<Order>& packet) {
    const Order& order = packet.value;
    auto first = packet.descriptors.empty() ? file::Descriptor() : std::move(packet.descriptors.front());
    switch (order.kind) {
        case Order::Kind::Config: return call(handlers.on_reload, content(first));
        case Order::Kind::Log:
            if (first) packet.descriptors.front() = std::move(first);
            return take_log(packet);
        case Order::Kind::Listener: listeners.push_back({order.index, std::move(first)}); return;
        case Order::Kind::ListenersComplete: return call(handlers.on_listeners, std::exchange(listeners, {}));
        case Order::Kind::Secret: secrets.push_back({order.index, std::move(first)}); return;
        case Order::Kind::SecretsComplete: return call(handlers.on_secrets, std::exchange(secrets, {}));
        case Order::Kind::Peer:
            return call(handlers.on_peer, Peer{order.role, static_cast<std::uint8_t>(order.index), std::move(first)});
        case Order::Kind::Closing: return call(handlers.on_closing);
        case Order::Kind::Stop: return stop(std::chrono::milliseconds(order.milliseconds));
        case Order::Kind::Process: return call(handlers.on_process, order.line);
        case Order::Kind::Answer: return call(handlers.on_answer, order.ticket, order.done, content(first));
        case Order::Kind::Directory:
        case Order::Kind::Start: return;
    }
}

void Control::State::take_log(Packet<Order>& packet) {
    const std::uint8_t outputs = packet.value.outputs;
    file::Descriptor log, events;
    std::size_t next = 0;
    if ((outputs & Order::has_log) && next < packet.descriptors.size()) log = std::move(packet.descriptors[next++]);
    if ((outputs & Order::has_events) && next < packet.descriptors.size()) events = std::move(packet.descriptors[next]);
    call(handlers.on_log, std::move(log), std::move(events));
}

void Control::State::master_is_gone() {
    last_moment.expires_after(longest_without_master);
    last_moment.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error) ::_exit(0);
    });
    if (!is_told_to_stop) call(handlers.on_closing);
    stop(handlers.time_without_master);
}

void Control::State::stop(std::chrono::milliseconds time) {
    if (!std::exchange(is_told_to_stop, true)) call(handlers.on_stop, time);
}

void Control::State::tell(const Note& note) {
    while (send(socket.native_handle(), note) == EAGAIN) {
        pollfd waiting{socket.native_handle(), POLLOUT, 0};
        ::poll(&waiting, 1, -1);  // master always reads
    }
}

Control::Control(asio::io_context& context, file::Descriptor channel, Handlers handlers)
    : state_(std::make_shared<State>(context, std::move(channel), std::move(handlers))) {
    state_->await();
}

Control::~Control() {
    state_->closed = true;
    boost::system::error_code ignored;
    state_->last_moment.cancel();
    state_->socket.close(ignored);
}

void Control::ready(std::uint32_t missing_fences) {
    state_->tell({.kind = Note::Kind::Ready, .missing_fences = missing_fences});
}
void Control::request_reload(std::uint64_t ticket) { state_->tell({.kind = Note::Kind::Reload, .ticket = ticket}); }
void Control::tell_of_record(std::uint64_t number, bool is_there) {
    state_->tell({.kind = is_there ? Note::Kind::RecordSeen : Note::Kind::RecordMissing, .ticket = number});
}
void Control::tell_of_records_looked() { state_->tell({.kind = Note::Kind::RecordsLooked}); }
void Control::request_stop(std::uint64_t ticket) { state_->tell({.kind = Note::Kind::Stop, .ticket = ticket}); }

}  // namespace process
