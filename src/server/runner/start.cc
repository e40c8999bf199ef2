#include "runner/start.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <vector>

#include "lang/try.h"
#include "mailbox/content.h"
#include "mailbox/stored_form.h"
#include "process/orphans.h"
#include "runner/command.h"

namespace runner {
namespace {

constexpr int not_now = 111;  // qmail-command(8)
constexpr std::size_t piece_size = 64 * 1024;
constexpr rlim_t most_open = 1024;
constexpr rlim_t largest_file = rlim_t{4} << 30;

[[noreturn]] void give_up(const char* what) {
    ::dprintf(STDERR_FILENO, "%s: %s\n", what, std::strerror(errno));
    ::_exit(not_now);
}

void limit(__rlimit_resource what, rlim_t most) {
    rlimit now{};
    if (::getrlimit(what, &now) != 0) give_up("getrlimit");
    const rlim_t value = std::min(most, now.rlim_max);
    const rlimit wanted{value, value};
    if (::setrlimit(what, &wanted) != 0) give_up("setrlimit");
}

void set_limits(const Limits& limits) {
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, static_cast<rlim_t>(limits.time.count()));
    limit(RLIMIT_AS, limits.memory);
    limit(RLIMIT_FSIZE, largest_file);
    limit(RLIMIT_NOFILE, most_open);
    limit(RLIMIT_NPROC, limits.processes);
}

// Nothing of root's is left to what follows, nor ever comes back.
void become(std::uint32_t uid, std::uint32_t gid) {
    if (uid == 0 || gid == 0) give_up("refusing to be root");
    if (::setgroups(0, nullptr) != 0) give_up("setgroups");
    if (::setresgid(gid, gid, gid) != 0) give_up("setresgid");
    if (::setresuid(uid, uid, uid) != 0) give_up("setresuid");
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2]{};
    if (::syscall(SYS_capset, &header, none) != 0) give_up("capset");
    if (::setresuid(0, 0, 0) == 0) give_up("root again");
}

void set_signals() {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void end_with(pid_t parent) {
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up("PR_SET_PDEATHSIG");
    if (::getppid() != parent) ::_exit(not_now);
}

void write_all(int file, std::string_view octets) {
    while (!octets.empty()) {
        const auto written = ::write(file, octets.data(), octets.size());
        if (written < 0 && errno != EINTR) give_up("the message");
        if (written > 0) octets.remove_prefix(static_cast<std::size_t>(written));
    }
}

/// With LF at the ends of lines, as programs of this system expect, and at its beginning: it can be read again.
int message_file(const Run& order) {
    const int file = ::memfd_create("message", MFD_CLOEXEC);
    if (file < 0) give_up("memfd_create");
    const auto content =
        order.blob ? mailbox::content_of(file::Descriptor(::dup(order.blob.get()))) : mailbox::content_of(order.octets);
    mailbox::StoredLines lines;
    std::string out;
    for (std::uint64_t at = 0; at < order.size;) {
        const auto piece = content(at, piece_size);
        if (!piece || piece->empty()) give_up("the message");
        lines.convert(*piece, out);
        write_all(file, out);
        out.clear();
        at += piece->size();
    }
    lines.finish(out);
    write_all(file, out);
    if (::lseek(file, 0, SEEK_SET) != 0) give_up("lseek");
    return file;
}

std::vector<char*> pointers_to(std::vector<std::string>& texts) {
    std::vector<char*> pointers;
    for (auto& text : texts) pointers.push_back(text.data());
    pointers.push_back(nullptr);
    return pointers;
}

[[noreturn]] void execute(const Run& order, std::vector<std::string> words) {
    auto variables = environment_of(order.environment);
    const auto arguments = pointers_to(words);
    const auto environment = pointers_to(variables);
    if (::clearenv() != 0) give_up("clearenv");
    for (char* variable : environment)
        if (variable) ::putenv(variable);
    ::execvp(arguments[0], arguments.data());
    give_up(arguments[0]);
}

/// As the program did, by signal or status; but first nothing it started may be left.
[[noreturn]] void end_as(int status) {
    for (;;) {
        process::kill_orphans({});
        if (::waitpid(-1, nullptr, 0) < 0 && errno == ECHILD) break;
    }
    if (WIFEXITED(status)) ::_exit(WEXITSTATUS(status));
    ::raise(WTERMSIG(status));
    ::_exit(not_now);
}

struct Terms {
    const Limits& limits;
    bool becomes_user;
    const std::vector<std::string>& words;
};

[[noreturn]] void keep(const Run& order, const Terms& terms, int output, pid_t parent) {
    ::setsid();
    if (::dup2(output, STDOUT_FILENO) < 0 || ::dup2(output, STDERR_FILENO) < 0) ::_exit(not_now);
    if (terms.becomes_user) become(order.uid, order.gid);
    end_with(parent);
    set_signals();
    if (::prctl(PR_SET_CHILD_SUBREAPER, 1) != 0) give_up("PR_SET_CHILD_SUBREAPER");
    if (::dup2(message_file(order), STDIN_FILENO) < 0) give_up("dup2");
    if (::close_range(3, ~0U, 0) != 0) give_up("close_range");
    ::umask(077);
    if (::chdir(order.home.c_str()) != 0) give_up(order.home.c_str());
    const pid_t keeper = ::getpid();
    const pid_t program = ::fork();
    if (program < 0) give_up("fork");
    if (program == 0) {
        end_with(keeper);
        set_limits(terms.limits);
        execute(order, terms.words.empty() ? words_of(order.command) : terms.words);
    }
    const int quiet = ::open("/dev/null", O_RDWR);
    for (const int standard : {0, 1, 2}) ::dup2(quiet, standard);
    int status = 0;
    while (::waitpid(program, &status, 0) != program)
        if (errno != EINTR) ::_exit(not_now);
    end_as(status);
}

}  // namespace

std::expected<Started, std::string> start(const Run& order, const Limits& limits, bool becomes_user,
                                          const std::vector<std::string>& words) {
    if (order.uid == 0 || order.gid == 0) return std::unexpected("programs are never run as root");
    if (!becomes_user && order.uid != ::geteuid()) return std::unexpected("only root can run programs of others");
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(fmt::format("pipe2: {}", std::strerror(errno)));
    file::Descriptor ours(ends[0]);
    const file::Descriptor theirs(ends[1]);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return std::unexpected(fmt::format("fork: {}", std::strerror(errno)));
    if (pid == 0) keep(order, {limits, becomes_user, words}, theirs.get(), parent);
    return Started{pid, std::move(ours)};
}

}  // namespace runner
