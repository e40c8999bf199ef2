#include "master/child.h"

#include <fcntl.h>
#include <linux/close_range.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cerrno>
#include <deque>
#include <string>

namespace master {

namespace asio = boost::asio;

struct Line::State : std::enable_shared_from_this<State> {
    using Wait = asio::posix::stream_descriptor::wait_type;

    State(asio::io_context& context, file::Descriptor socket_, Handlers handlers_)
        : socket(context, socket_.release()), handlers(std::move(handlers_)) {
        socket.non_blocking(true);
    }
    void await_note();
    void read();
    void write();
    void close();

    asio::posix::stream_descriptor socket;
    Handlers handlers;
    std::deque<Parcel> waiting;
    bool writing = false;
    bool closed = false;
};

void Line::State::await_note() {
    socket.async_wait(Wait::wait_read, [self = shared_from_this()](boost::system::error_code error) {
        if (!error && !self->closed) self->read();
    });
}

// Hostile: the process may have been broken into. A Note is of one size, and its kind is one of those that there are.
void Line::State::read() {
    process::Packet<process::Note> packet;
    for (int left = 64; left > 0 && !closed; --left) {
        const auto got = process::receive(socket.native_handle(), packet, /*wait=*/false);
        if (got == process::Got::Nothing) break;
        if (got == process::Got::End) return close(), handlers.on_end();
        if (packet.value.kind > process::Note::Kind::RecordsLooked) return close(), handlers.on_nonsense();
        handlers.on_note(packet.value);
    }
    if (!closed) await_note();
}

void Line::State::write() {
    while (!closed && !writing && !waiting.empty()) {
        std::array<int, process::most_in_packet> numbers{};
        const auto& [order, descriptors] = waiting.front();
        for (std::size_t i = 0; i < descriptors.size(); ++i) numbers[i] = descriptors[i].get();
        const int error = process::send(socket.native_handle(), order, std::span(numbers).first(descriptors.size()));
        if (error != EAGAIN && error != ETOOMANYREFS) {
            waiting.pop_front();  // sent; or nobody is there, which the reading side finds out
            continue;
        }
        writing = true;
        socket.async_wait(Wait::wait_write, [self = shared_from_this()](boost::system::error_code failed) {
            self->writing = false;
            if (!failed) self->write();
        });
    }
}

void Line::State::close() {
    closed = true;
    boost::system::error_code ignored;
    socket.close(ignored);
}

Line::Line(asio::io_context& context, file::Descriptor socket, Handlers handlers)
    : state_(std::make_shared<State>(context, std::move(socket), std::move(handlers))) {
    state_->await_note();
}

Line::~Line() {
    if (!state_->closed) state_->close();
}

void Line::send(process::Order order, std::vector<file::Descriptor> descriptors) {
    if (state_->closed) return;
    state_->waiting.push_back({order, std::move(descriptors)});
    state_->write();
}

namespace {

[[noreturn]] void become(process::Role role, std::uint8_t index, int line) {
    std::string name(process::name(role));
    std::string number = std::to_string(index);
    std::string called = "hermod", role_flag = "--role", index_flag = "--index";
    char* arguments[] = {called.data(), role_flag.data(), name.data(), index_flag.data(), number.data(), nullptr};
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::signal(SIGCHLD, SIG_DFL);
    ::unsetenv("NOTIFY_SOCKET");  // it speaks for the server as a whole
    if (line == process::control_descriptor)
        ::fcntl(line, F_SETFD, 0);
    else
        ::dup2(line, process::control_descriptor);
    ::close_range(process::control_descriptor + 1, ~0U, CLOSE_RANGE_CLOEXEC);  // also what we were started with
    ::execv("/proc/self/exe", arguments);
    ::_exit(127);
}

}  // namespace

Spawned spawn(process::Role role, std::uint8_t index) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends.data()) != 0) return {};
    file::Descriptor ours(ends[0]);
    const file::Descriptor theirs(ends[1]);
    const pid_t pid = ::fork();
    if (pid == 0) become(role, index, theirs.get());
    return {pid, std::move(ours)};
}

}  // namespace master
