#include <sys/socket.h>

#include <cerrno>
#include <cstring>
#include <limits>

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

    bool may_read() const { return !paused && out.burden() <= most_burden; }
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
    std::size_t most_burden = std::numeric_limits<std::size_t>::max();
    bool reading = false;  // a wait for input, or a turn, is under way
    bool flush_posted = false;
    bool writing = false;       // a wait for room is under way
    bool peer_is_deaf = false;  // writes fail for good; what it still said is read to the end
};

void Channel::State::await_readable() {
    reading = true;
    socket.async_wait(Wait::wait_read, [self = shared_from_this()](boost::system::error_code error) {
        self->reading = false;
        if (!error && !self->closed && self->may_read()) self->read_turn();
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
    if (may_read()) await_readable();
}

/// False: the channel is closed, or no more is wanted for now.
bool Channel::State::hand_out() {
    while (may_read()) {
        const auto frame = in.next();
        if (!frame) break;
        const bool well_formed = handlers.on_frame(*frame, in.descriptors());
        if (closed) return false;
        if (!well_formed) return end("malformed message"), false;
    }
    if (may_read() && in.is_malformed()) return end("malformed frame"), false;
    if (!may_read()) reading = false;
    return may_read();
}

void Channel::State::schedule_resume() {
    if (reading || closed || !may_read()) return;  // a wait under way goes on
    reading = true;
    asio::post(socket.get_executor(), [self = shared_from_this()] {
        self->reading = false;
        if (self->closed || !self->may_read()) return;
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
        case 0: break;
        case EAGAIN: await_writable(); break;
        // In the wild: the kernel counts descriptors in flight against the sender's user; they get fewer as peers read.
        case ETOOMANYREFS:
        case ENOBUFS:
        case ENOMEM: retry_later(); break;
        default: peer_is_deaf = true; out.clear();
    }
    schedule_resume();  // there may be room for answers again
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

bool Channel::end() {
    const bool fits = state_->out.end();
    if (state_->closed || state_->peer_is_deaf)
        state_->out.clear();
    else
        state_->schedule_flush();
    return fits;
}

std::size_t Channel::unsent() const { return state_->out.unsent(); }

void Channel::pause_reading(bool paused) {
    state_->paused = paused;
    state_->schedule_resume();
}

void Channel::hold_back_at(std::size_t unsent) { state_->most_burden = unsent; }

}  // namespace ipc
