#include "authd/start.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <linux/capability.h>
#include <pwd.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>

#include "authd/pam.h"
#include "authd/verdict.h"
#include "crypto/digest.h"

namespace authd {
namespace {

constexpr int credentials_descriptor = 3;         // checkpassword's
constexpr std::size_t longest_credentials = 512;  // likewise
constexpr std::uint64_t longest_file = 1 << 20;   // modules keep a record of failures

/// The child's way to say why it ends with "later".
int reason_descriptor = -1;

[[noreturn]] void give_up(const std::string& why) {
    static_cast<void>(!::write(reason_descriptor, why.data(), why.size()));
    ::_exit(status_later);
}
[[noreturn]] void give_up_at(const char* what) { give_up(fmt::format("{}: {}", what, std::strerror(errno))); }

void limit(__rlimit_resource what, rlim_t most) {
    rlimit now{};
    if (::getrlimit(what, &now) != 0) give_up_at("getrlimit");
    const rlim_t value = std::min(most, now.rlim_max);
    const rlimit wanted{value, value};
    if (::setrlimit(what, &wanted) != 0) give_up_at("setrlimit");
}

void keep_no_capabilities() {
    __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
    __user_cap_data_struct none[2]{};
    if (::syscall(SYS_capset, &header, none) != 0) give_up_at("capset");
}

void set_signals() {
    for (int number = 1; number < NSIG; ++number) ::signal(number, SIG_DFL);
    sigset_t none;
    ::sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
}

void be_root_by_number() {
    if (::setgroups(0, nullptr) != 0) give_up_at("setgroups");
    if (::setresgid(0, 0, 0) != 0) give_up_at("setresgid");
    if (::setresuid(0, 0, 0) != 0) give_up_at("setresuid");
    keep_no_capabilities();
}

/// Root keeps what a program needs that becomes the user itself, as checkpassword does before it runs the next.
void become(const std::string& name) {
    const passwd* const found = ::getpwnam(name.c_str());
    if (!found) give_up("there is no user " + name);
    if (::initgroups(name.c_str(), found->pw_gid) != 0) give_up_at("initgroups");
    if (::setresgid(found->pw_gid, found->pw_gid, found->pw_gid) != 0) give_up_at("setresgid");
    if (::setresuid(found->pw_uid, found->pw_uid, found->pw_uid) != 0) give_up_at("setresuid");
    if (found->pw_uid != 0) keep_no_capabilities();
}

/// Nothing of ours is open in what runs from here on but the way to say why, at the descriptor after checkpassword's.
void prepare(int reason, pid_t parent, std::chrono::seconds time) {
    ::setsid();
    reason_descriptor = credentials_descriptor + 1;
    if (::dup2(reason, reason_descriptor) < 0) ::_exit(status_later);
    ::fcntl(reason_descriptor, F_SETFD, FD_CLOEXEC);
    if (::close_range(static_cast<unsigned>(reason_descriptor) + 1, ~0U, 0) != 0) give_up_at("close_range");
    const int quiet = ::open("/dev/null", O_RDWR);
    for (const int standard : {0, 1, 2, credentials_descriptor}) ::dup2(quiet, standard);
    if (quiet > reason_descriptor) ::close(quiet);
    set_signals();
    ::umask(077);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, static_cast<rlim_t>(time.count()));
    limit(RLIMIT_FSIZE, longest_file);
    if (::chdir("/") != 0) give_up_at("chdir");
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up_at("PR_SET_PDEATHSIG");
    if (::getppid() != parent) ::_exit(status_later);
}

[[noreturn]] void have_pam_asked(const Check& check, const site::Login& login) {
    const auto answer = ask_pam(login.pam_service, check);
    if (answer.status == status_later) give_up(answer.why);
    ::_exit(answer.status);
}

/// user NUL password NUL timestamp NUL, in a pipe, which holds that much.
int credentials_pipe(const Check& check) {
    std::string octets = check.user + '\0' + check.password + '\0' + '\0';
    if (octets.size() > longest_credentials) ::_exit(status_no);  // nobody's could be that
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) give_up_at("pipe2");
    const auto put = ::write(ends[1], octets.data(), octets.size());
    if (put != static_cast<ssize_t>(octets.size())) give_up_at("write");
    crypto::wipe(octets);
    ::close(ends[1]);
    return ends[0];
}

[[noreturn]] void execute(const Check& check, const site::LoginProgram& program) {
    const int credentials = credentials_pipe(check);
    if (::dup2(credentials, credentials_descriptor) < 0) give_up_at("dup2");
    if (::clearenv() != 0) give_up_at("clearenv");
    ::setenv("PATH", "/usr/local/bin:/usr/bin:/bin", 1);
    ::setenv("PROTO", "TCP", 1);
    ::setenv("SERVICE", check.purpose == directory::Purpose::Pop3 ? "pop3" : "submission", 1);
    auto words = program.command;
    std::vector<char*> arguments;
    for (auto& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    ::execv(arguments[0], arguments.data());
    give_up_at(arguments[0]);
}

const site::LoginProgram* program_of(const Check& check, const site::Login& login) {
    const auto found = std::ranges::find(login.programs, check.program, site::id_of);
    return found == login.programs.end() ? nullptr : &*found;
}

[[noreturn]] void be_child(const Check& check, const site::Login& login, bool becomes_user, int reason, pid_t parent) {
    prepare(reason, parent, login.check_time);
    const bool is_pam = check.by == By::Pam;
    if (becomes_user && is_pam) be_root_by_number();
    if (becomes_user && !is_pam) become(program_of(check, login)->user);
    if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) give_up_at("PR_SET_PDEATHSIG");  // becoming another has undone it
    if (::getppid() != parent) ::_exit(status_later);
    if (is_pam) have_pam_asked(check, login);
    execute(check, *program_of(check, login));
}

/// Without root a program runs as whoever started the server, if that is who it was to run as.
bool is_ourselves(const std::string& name) {
    const passwd* const found = ::getpwnam(name.c_str());
    return found && found->pw_uid == ::geteuid();
}

/// Hostile: what is asked may be made up by a process that was broken into.
std::string flaw(const Check& check, const site::Login& login, bool becomes_user) {
    if (check.user.contains('\0') || check.password.contains('\0')) return "a NUL in a name or a password";
    if (check.by == By::Pam) return login.system_users ? "" : "users of the system do not log in here";
    const auto* const program = check.by == By::Program ? program_of(check, login) : nullptr;
    if (!program) return "there is no such program (any more)";
    if (!becomes_user && !is_ourselves(program->user))
        return "only a server that was started by root can run programs as " + program->user;
    return "";
}

}  // namespace

std::expected<Started, std::string> start(const Check& check, const site::Login& login, bool becomes_user) {
    if (auto why = flaw(check, login, becomes_user); !why.empty()) return std::unexpected(std::move(why));
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return std::unexpected(fmt::format("pipe2: {}", std::strerror(errno)));
    file::Descriptor ours(ends[0]);
    const file::Descriptor theirs(ends[1]);
    ::fcntl(ours.get(), F_SETFL, O_NONBLOCK);
    const pid_t parent = ::getpid();
    const pid_t pid = ::fork();
    if (pid < 0) return std::unexpected(fmt::format("fork: {}", std::strerror(errno)));
    if (pid == 0) be_child(check, login, becomes_user, theirs.get(), parent);
    return Started{pid, std::move(ours)};
}

}  // namespace authd
