#include "master/errand.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <string_view>

namespace master {

namespace asio = boost::asio;

namespace {

void write_all(int pipe, std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t written = ::write(pipe, octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
}

[[noreturn]] void be_child(const std::function<std::string()>& find_out, int pipe) {
    for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGCHLD}) ::signal(number, SIG_DFL);
    write_all(pipe, find_out());
    ::_exit(0);
}

}  // namespace

struct Errand::State : std::enable_shared_from_this<State> {
    State(asio::io_context& context, Bounds bounds_, std::function<void(std::string)> done_)
        : pipe(context), timer(context), bounds(bounds_), done(std::move(done_)) {}

    void start(const std::function<std::string()>& find_out);
    void read();
    void finish();

    asio::posix::stream_descriptor pipe;
    asio::steady_timer timer;
    Bounds bounds;
    std::function<void(std::string)> done;
    std::string octets;
    std::array<char, 64 * 1024> part;
    pid_t child = -1;
    bool closed = false;
};

void Errand::State::start(const std::function<std::string()>& find_out) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return asio::post(timer.get_executor(), [self = shared_from_this()] { self->finish(); });
    pipe.assign(ends[0]);
    child = ::fork();
    if (child == 0) be_child(find_out, ends[1]);
    ::close(ends[1]);
    timer.expires_after(bounds.time);
    timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error && self->child > 0) ::kill(self->child, SIGKILL);
    });
    read();
}

void Errand::State::read() {
    pipe.async_read_some(asio::buffer(part),
                         [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
                             if (self->closed) return;
                             self->octets.append(self->part.data(), got);
                             if (error || self->octets.size() > self->bounds.octets) return self->finish();
                             self->read();
                         });
}

void Errand::State::finish() {
    if (closed) return;
    timer.cancel();
    // It has closed its end, and is as good as gone; or it said too much, and would wait for ever to be read.
    if (child > 0) ::kill(child, SIGKILL), ::waitpid(child, nullptr, 0);
    child = -1;
    closed = true;
    done(std::move(octets));
}

Errand::Errand(asio::io_context& context, const std::function<std::string()>& find_out, Bounds bounds,
               std::function<void(std::string)> done)
    : state_(std::make_shared<State>(context, bounds, std::move(done))) {
    state_->start(find_out);
}

Errand::~Errand() {
    state_->timer.cancel();
    // Not waited for: one that hangs on a dead file server would hold up our own stop.
    if (state_->child > 0) ::kill(state_->child, SIGKILL), ::waitpid(state_->child, nullptr, WNOHANG);
    state_->closed = true;
}

}  // namespace master
