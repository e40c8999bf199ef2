#include "owner/worker.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lang/verify.h"

namespace owner {
namespace {

constexpr int first_kept = 3;  // behind the standard ones
constexpr std::size_t most_kept = 5;

class Child {
public:
    Child(const Birth& birth, int socket) : birth_(birth), socket_(socket) {}

    [[noreturn]] void live(const Work& work, pid_t parent) {
        keep_only_what_is_needed();
        set_signals_and_limits();
        if (::chdir("/") != 0) give_up("chdir");
        if (birth_.becomes_owner) become_owner();
        end_with_parent(parent);  // after becoming, which resets it
        work(places_[0], std::span(places_).subspan(1, birth_.kept.size()));
        ::_exit(0);
    }

private:
    [[noreturn]] void give_up(const char* what) const {
        const int error = errno;
        ::dprintf(STDERR_FILENO, "hermod %.*s: %s: %s\n", static_cast<int>(birth_.called.size()), birth_.called.data(),
                  what, std::strerror(error));
        ::_exit(111);
    }

    void keep_only_what_is_needed() {
        std::array<int, most_kept + 1> wanted;
        wanted.fill(-1);
        wanted[0] = socket_;
        std::ranges::copy(birth_.kept, wanted.begin() + 1);
        // First out of the way, as one of them may have the number that another is to get.
        for (int& descriptor : wanted)
            if (descriptor >= 0) descriptor = ::fcntl(descriptor, F_DUPFD_CLOEXEC, 64);
        for (std::size_t i = 0; i < wanted.size(); ++i) {
            const int place = first_kept + static_cast<int>(i);
            places_[i] = wanted[i] < 0 ? -1 : place;
            if (wanted[i] < 0)
                ::close(place);
            else if (::dup3(wanted[i], place, O_CLOEXEC) < 0)
                give_up("dup3");
        }
        if (::close_range(first_kept + wanted.size(), ~0U, 0) != 0) give_up("close_range");
    }

    void end_with_parent(pid_t parent) const {
        if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("PR_SET_PDEATHSIG");
        if (::getppid() != parent) ::_exit(0);
    }

    void drop_capabilities() const {
        __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
        __user_cap_data_struct none[2]{};
        if (::syscall(SYS_capset, &header, none) != 0) give_up("capset");
    }

    // Hostile: whoever finds a hole in what follows is this user and cannot become another again.
    void become_owner() const {
        const uid_t user = birth_.uid;
        const gid_t group = birth_.gid;
        if (user == 0 || group == 0) give_up("refusing to be root");
        if (::setgroups(0, nullptr) != 0) give_up("setgroups");
        if (::setresgid(group, group, group) != 0) give_up("setresgid");
        if (::setresuid(user, user, user) != 0) give_up("setresuid");
        drop_capabilities();
        if (::setresuid(0, 0, 0) == 0) give_up("root again");
        if (::prctl(PR_SET_DUMPABLE, 0) != 0) give_up("PR_SET_DUMPABLE");
    }

    static void set_signals_and_limits() {
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

    const Birth& birth_;
    int socket_;
    std::array<int, most_kept + 1> places_{};
};

}  // namespace

std::expected<Started, std::string> start_worker(const Birth& birth, const Work& work) {
    VERIFY(birth.kept.size() <= most_kept);
    int ends[2];
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, ends) != 0)
        return std::unexpected(fmt::format("socketpair: {}", std::strerror(errno)));
    file::Descriptor ours(ends[0]);
    const file::Descriptor theirs(ends[1]);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return std::unexpected(fmt::format("fork: {}", std::strerror(errno)));
    if (pid == 0) Child(birth, theirs.get()).live(work, parent);
    return Started{pid, std::move(ours)};
}

}  // namespace owner
