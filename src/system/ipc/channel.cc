#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>

#include "ipc/link.h"
#include "ipc/receive_buffer.h"
#include "ipc/send_buffer.h"

namespace ipc {

namespace asio = boost::asio;

namespace {
constexpr int receives_in_a_turn = 4;             // up to 64 KiB each; then the other peers have their turn
constexpr std::size_t burst_octets = 256 * 1024;  // written without waiting for the end of the turn
constexpr std::chrono::milliseconds retry_delay{5};
}  // namespace

struct Channel::State : std::enable_shared_from_this<State> {
    using Wait = asio::posix::stream_descriptor::wait_type;

    State(asio::io_context& context, file::Descriptor socket_, Handlers handlers_, std::size_t longest)
        : socket(context, socket_.release()), retry(context), handlers(std::move(handlers_)), in(longest) {
        socket.non_blocking(true);
    }

    void await_readable();
    void read_turn();
    bool hand_out();
    void schedule_resume();
    void schedule_flush();
    void flush();
    void await_writable();
    void retry_later();
    void end(const std::string& why);
    void close();

    asio::posix::stream_descriptor socket;
    asio::steady_timer retry;
    Handlers handlers;
    ReceiveBuffer in;
    SendBuffer out;
    bool closed = false;
    bool paused = false;
    bool reading = false;  // a wait for input, or a turn, is under way
    bool flush_posted = false;
    bool writing = false;       // a wait for room is under way
    bool peer_is_deaf = false;  // writes fail for good; what it still said is read to the end
};

void Channel::State::await_readable() {
    reading = true;
    socket.async_wait(Wait::wait_read, [self = shared_from_this()](boost::system::error_code error) {
        self->reading = false;
        if (!error && !self->closed && !self->paused) self->read_turn();
    });
}

void Channel::State::read_turn() {
    reading = true;
    int left = receives_in_a_turn;
    ReceiveBuffer::Got got = ReceiveBuffer::Got::Full;
    while (got == ReceiveBuffer::Got::Full && left-- > 0) {
        got = in.receive(socket.native_handle());
        const int error = errno;
        if (!hand_out()) return;
        if (got == ReceiveBuffer::Got::End) return end("closed");
        if (got == ReceiveBuffer::Got::Failed) return end(std::strerror(error));
    }
    reading = false;
    if (!paused) await_readable();
}

/// False: the channel is closed, or its owner wants no more for now.
bool Channel::State::hand_out() {
    while (!paused) {
        const auto frame = in.next();
        if (!frame) break;
        const bool well_formed = handlers.on_frame(*frame, in.descriptors());
        if (closed) return false;
        if (!well_formed) return end("malformed message"), false;
    }
    if (!paused && in.is_malformed()) return end("malformed frame"), false;
    if (paused) reading = false;
    return !paused;
}

void Channel::State::schedule_resume() {
    if (reading) return;  // the wait under way goes on
    reading = true;
    asio::post(socket.get_executor(), [self = shared_from_this()] {
        self->reading = false;
        if (self->closed || self->paused) return;
        self->reading = true;
        if (self->hand_out()) self->await_readable();
    });
}

void Channel::State::schedule_flush() {
    if (out.unsent() >= burst_octets && !writing) flush();
    if (flush_posted || writing || closed || out.unsent() == 0) return;
    flush_posted = true;
    asio::post(socket.get_executor(), [self = shared_from_this()] {
        self->flush_posted = false;
        self->flush();
    });
}

void Channel::State::flush() {
    if (closed || writing) return;
    switch (peer_is_deaf ? EPIPE : out.write_to(socket.native_handle())) {
        case 0: return;
        case EAGAIN: return await_writable();
        // In the wild: the kernel counts descriptors in flight against the sender's user; they get fewer as peers read.
        case ETOOMANYREFS:
        case ENOBUFS:
        case ENOMEM: return retry_later();
        default: peer_is_deaf = true; out.clear();
    }
}

void Channel::State::await_writable() {
    writing = true;
    socket.async_wait(Wait::wait_write, [self = shared_from_this()](boost::system::error_code error) {
        self->writing = false;
        if (!error) self->flush();
    });
}

void Channel::State::retry_later() {
    writing = true;
    retry.expires_after(retry_delay);
    retry.async_wait([self = shared_from_this()](boost::system::error_code error) {
        self->writing = false;
        if (!error) self->flush();
    });
}

void Channel::State::end(const std::string& why) {
    close();
    if (handlers.on_gone) handlers.on_gone(why);
}

void Channel::State::close() {
    closed = true;
    boost::system::error_code ignored;
    retry.cancel();
    socket.close(ignored);
}

Channel::Channel(asio::io_context& context, file::Descriptor socket, Handlers handlers, std::size_t longest)
    : state_(std::make_shared<State>(context, std::move(socket), std::move(handlers), longest)) {
    state_->await_readable();
}

Channel::~Channel() {
    if (state_->closed) return;
    state_->flush();  // what was said just before leaving, as far as the socket takes it
    state_->close();
}

Encoded Channel::begin() { return state_->out.begin(); }

void Channel::end() {
    state_->out.end();
    if (state_->closed || state_->peer_is_deaf) return state_->out.clear();
    state_->schedule_flush();
}

std::size_t Channel::unsent() const { return state_->out.unsent(); }

void Channel::pause_reading(bool paused) {
    state_->paused = paused;
    if (!paused && !state_->closed) state_->schedule_resume();
}

}  // namespace ipc
