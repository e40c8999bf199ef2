#include "master/planning.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>

#include "ipc/codec.h"

namespace master {

namespace asio = boost::asio;

namespace {

constexpr std::chrono::seconds longest{30};
constexpr std::size_t longest_outcome = 64 * 1024 * 1024;

struct Refusal {
    std::string text;
};
constexpr auto fields(const Refusal*) { return std::tuple{&Refusal::text}; }
using Message = std::variant<Plan, Refusal>;

void write_all(int pipe, std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t written = ::write(pipe, octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return;
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
}

[[noreturn]] void make_in_child(const PlanMaker& make, int pipe) {
    for (const int number : {SIGHUP, SIGINT, SIGTERM, SIGCHLD}) ::signal(number, SIG_DFL);
    std::string octets;
    try {
        octets = encode(make());
    } catch (const std::exception& trouble) {
        octets = encode(std::unexpected(std::string(trouble.what())));
    }
    write_all(pipe, octets);
    ::_exit(0);
}

}  // namespace

std::string encode(const Planning::Outcome& outcome) {
    std::string octets;
    std::vector<file::Descriptor> none;
    const ipc::Encoded out{octets, none};
    if (outcome)
        ipc::encode<Message>(*outcome, out);
    else
        ipc::encode<Message>(Refusal{outcome.error()}, out);
    return octets;
}

Planning::Outcome decode_outcome(std::string_view octets) {
    std::deque<file::Descriptor> none;
    auto message = ipc::decode<Message>(octets, none);
    if (!message) return std::unexpected("the configuration could not be read: the process that tried it died");
    if (auto* refusal = std::get_if<Refusal>(&*message)) return std::unexpected(std::move(refusal->text));
    Plan plan = std::get<Plan>(std::move(*message));
    const bool is_whole = plan.identities.size() == process::role_names.size() && plan.workers > 0;
    if (!is_whole) return std::unexpected("the configuration could not be read: the plan made of it is not whole");
    return plan;
}

struct Planning::State : std::enable_shared_from_this<State> {
    State(asio::io_context& context, std::function<void(Outcome)> done_)
        : pipe(context), timer(context), done(std::move(done_)) {}

    void start(const PlanMaker& make);
    void read();
    void finish();

    asio::posix::stream_descriptor pipe;
    asio::steady_timer timer;
    std::function<void(Outcome)> done;
    std::string octets;
    std::array<char, 64 * 1024> part;
    pid_t child = -1;
    bool closed = false;
};

void Planning::State::start(const PlanMaker& make) {
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0)
        return asio::post(timer.get_executor(), [self = shared_from_this()] { self->finish(); });
    pipe.assign(ends[0]);
    child = ::fork();
    if (child == 0) make_in_child(make, ends[1]);
    ::close(ends[1]);
    timer.expires_after(longest);
    timer.async_wait([self = shared_from_this()](boost::system::error_code error) {
        if (!error && self->child > 0) ::kill(self->child, SIGKILL);
    });
    read();
}

void Planning::State::read() {
    pipe.async_read_some(asio::buffer(part),
                         [self = shared_from_this()](boost::system::error_code error, std::size_t got) {
                             if (self->closed) return;
                             self->octets.append(self->part.data(), got);
                             if (error || self->octets.size() > longest_outcome) return self->finish();
                             self->read();
                         });
}

void Planning::State::finish() {
    if (closed) return;
    timer.cancel();
    // It has closed its end, and is as good as gone; or it said too much, and would wait for ever to be read.
    if (child > 0) ::kill(child, SIGKILL), ::waitpid(child, nullptr, 0);
    child = -1;
    closed = true;
    done(decode_outcome(octets));
}

Planning::Planning(asio::io_context& context, const PlanMaker& make, std::function<void(Outcome)> done)
    : state_(std::make_shared<State>(context, std::move(done))) {
    state_->start(make);
}

Planning::~Planning() {
    state_->timer.cancel();
    if (state_->child > 0) ::kill(state_->child, SIGKILL);
    state_->closed = true;
}

}  // namespace master
