#include "deliver/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <ctime>

#include "deliver/fence.h"
#include "deliver/writing.h"
#include "ipc/codec.h"
#include "ipc/receive_buffer.h"
#include "ipc/send_buffer.h"

namespace deliver {
namespace {

[[noreturn]] void give_up(const char* what) {
    const int error = errno;
    ::dprintf(STDERR_FILENO, "hermod deliver worker: %s: %s\n", what, std::strerror(error));
    ::_exit(111);
}

/// Besides the standard ones, descriptors 3, 4 and 5 stay; nothing else does. A directory that is not needed: -1.
struct Kept {
    int socket = 3;
    int root = 4;
    int mail_directory = 5;
};

Kept keep_only(int socket, int root, int mail_directory) {
    // First out of the way, as one of them may have the number that another is to get.
    const auto away = [](int descriptor) { return descriptor < 0 ? -1 : ::fcntl(descriptor, F_DUPFD_CLOEXEC, 64); };
    const int descriptors[] = {away(socket), away(root), away(mail_directory)};
    Kept kept;
    int* const places[] = {&kept.socket, &kept.root, &kept.mail_directory};
    for (std::size_t i = 0; i < 3; ++i) {
        if (descriptors[i] < 0) {
            ::close(*places[i]);
            *places[i] = -1;
        } else if (::dup3(descriptors[i], *places[i], O_CLOEXEC) < 0) {
            give_up("dup3");
        }
    }
    if (::close_range(6, ~0U, 0) != 0) give_up("close_range");
    return kept;
}

void end_with_parent(pid_t parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("PR_SET_PDEATHSIG");
    if (::getppid() != parent) ::_exit(0);
}

void drop_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2]{};
    if (::syscall(SYS_capset, &header, none) != 0) give_up("capset");
}

// Hostile: whoever finds a hole in what follows is this user and cannot become another again.
void become(const Owner& owner) {
    const gid_t group = owner.gid;
    if (owner.uid == 0 || group == 0) give_up("refusing to be root");
    if (::setgroups(0, nullptr) != 0) give_up("setgroups");
    if (::setresgid(group, group, group) != 0) give_up("setresgid");
    if (::setresuid(owner.uid, owner.uid, owner.uid) != 0) give_up("setresuid");
    drop_capabilities();
    if (::setresuid(0, 0, 0) == 0) give_up("root again");
    if (::prctl(PR_SET_DUMPABLE, 0) != 0) give_up("PR_SET_DUMPABLE");
}

void set_signals_and_limits() {
    for (int number : {SIGTERM, SIGINT, SIGHUP, SIGPIPE})
        ::signal(number, SIG_IGN);  // the socket's end is the order to stop
    ::signal(SIGALRM, SIG_DFL);
    ::signal(SIGCHLD, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    ::umask(077);
    const rlimit no_core{0, 0};
    ::setrlimit(RLIMIT_CORE, &no_core);
}

class Conversation {
public:
    explicit Conversation(int socket) : socket_(socket) {}

    /// Waits for jobs; empty: there will be none any more.
    std::vector<Job> wait() {
        std::vector<Job> jobs;
        while (jobs.empty()) {
            wait_for(POLLIN);
            const auto got = in_.receive(socket_);
            while (const auto frame = in_.next()) {
                auto message = ipc::decode<ToWorker>(*frame, in_.descriptors());
                if (!message) ::_exit(111);
                jobs.push_back(std::get<Job>(std::move(*message)));
            }
            const bool is_over = got == ipc::ReceiveBuffer::Got::End || got == ipc::ReceiveBuffer::Got::Failed;
            if (is_over || in_.is_malformed()) break;
        }
        return jobs;
    }
    void send(const Report& report) {
        ipc::encode<FromWorker>(report, out_.begin());
        out_.end();
        while (out_.unsent() > 0) {
            const int error = out_.write_to(socket_);
            if (error == EAGAIN)
                wait_for(POLLOUT);
            else if (error != 0)
                ::_exit(0);  // nobody wants to know
        }
    }

private:
    void wait_for(short events) const {
        pollfd descriptor{socket_, events, 0};
        while (::poll(&descriptor, 1, -1) < 0)
            if (errno != EINTR) give_up("poll");
    }

    int socket_;
    ipc::ReceiveBuffer in_;
    ipc::SendBuffer out_;
};

[[noreturn]] void work(const Owner& owner, const WorkerStart& start, int socket, pid_t parent) {
    const bool is_virtual = owner.base == Base::MailDirectory;
    const bool serves_all = !start.becomes_owner;
    const auto kept = keep_only(socket, serves_all || !is_virtual ? start.root : -1,
                                serves_all || is_virtual ? start.mail_directory : -1);
    set_signals_and_limits();
    if (::chdir("/") != 0) give_up("chdir");
    if (start.becomes_owner) become(owner);
    end_with_parent(parent);  // after becoming, which resets it
    fence_worker(owner, start, kept.root, kept.mail_directory);

    Writing writing({.root = kept.root,
                     .mail_directory = kept.mail_directory,
                     .owner = ::geteuid(),
                     .hostname = start.hostname,
                     .drop_directory = start.drop_directory,
                     .locks = {}});
    Conversation conversation(kept.socket);
    while (true) {
        const auto jobs = conversation.wait();
        if (jobs.empty()) ::_exit(0);
        const auto alarm = static_cast<unsigned>(start.patience.count());
        ::alarm(alarm);
        writing.carry_out(jobs, std::time(nullptr), [&](const Report& report) {
            ::alarm(alarm);
            conversation.send(report);
        });
        ::alarm(0);
    }
}

}  // namespace

std::expected<Started, std::string> start_worker(const Owner& owner, const WorkerStart& start) {
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return std::unexpected(fmt::format("socketpair: {}", std::strerror(errno)));
    file::Descriptor ours(ends[0]);
    file::Descriptor theirs(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return std::unexpected(fmt::format("fork: {}", std::strerror(errno)));
    if (pid == 0) work(owner, start, theirs.get(), parent);
    return Started{pid, std::move(ours)};
}

}  // namespace deliver
