#include "sandbox/intruder.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <fstream>
#include <vector>

namespace sandbox {

namespace {

int outcome(long result) { return result < 0 ? errno : worked; }

int with_socket(int family, int type, const std::function<int(int)>& use) {
    const file::Descriptor socket(::socket(family, type | SOCK_CLOEXEC, 0));
    return socket ? use(socket.get()) : errno;
}

sockaddr_in loopback(std::uint16_t port) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

int connect_tcp(int socket) {
    const auto to = loopback(9);
    const int result = outcome(::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to));
    return result == ECONNREFUSED ? worked : result;  // it reached the port
}
int bind_tcp(int socket, std::uint16_t port) {
    const auto here = loopback(port);
    return outcome(::bind(socket, reinterpret_cast<const sockaddr*>(&here), sizeof here));
}
int listen_tcp(int socket) { return outcome(::listen(socket, 1)); }
int connect_local(int socket) {
    sockaddr_un to{};
    to.sun_family = AF_UNIX;
    std::string_view("/run/no-such-socket").copy(to.sun_path, sizeof to.sun_path - 1);
    const int result = outcome(::connect(socket, reinterpret_cast<const sockaddr*>(&to), sizeof to));
    return result == ENOENT || result == ECONNREFUSED ? worked : result;
}

int execute() {
    char name[] = "/bin/true";
    char* arguments[] = {name, nullptr};
    ::execve(name, arguments, nullptr);
    return errno;
}
int fork_and_wait() {
    const pid_t pid = ::fork();
    if (pid < 0) return errno;
    if (pid == 0) ::_exit(0);
    ::waitpid(pid, nullptr, 0);
    return worked;
}
int map_code() {
    void* place = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    return place == MAP_FAILED ? errno : worked;
}
int climb_out(const process::Inheritance& given) {
    for (const auto& directory : given.directories) {
        if (!directory.descriptor) continue;
        const file::Descriptor above(
            ::openat(directory.descriptor.get(), "../../../../../../etc/passwd", O_RDONLY | O_CLOEXEC));
        if (above) return worked;
    }
    return errno;
}

struct Attempt {
    const char* name;
    std::function<int()> what;
};

std::vector<Attempt> attempts(const process::Inheritance& given) {
    return {
        {"open /etc/passwd", [] { return outcome(::open("/etc/passwd", O_RDONLY | O_CLOEXEC)); }},
        {"create /tmp/intruder", [] { return outcome(::open("/tmp/intruder", O_CREAT | O_WRONLY | O_CLOEXEC, 0600)); }},
        {"climb out of a directory", [&given] { return climb_out(given); }},
        {"mkdir", [] { return outcome(::mkdir("/tmp/intruder.d", 0700)); }},
        {"symlink", [] { return outcome(::symlink("/etc/passwd", "/tmp/intruder.l")); }},
        {"connect TCP", [] { return with_socket(AF_INET, SOCK_STREAM, connect_tcp); }},
        {"connect local", [] { return with_socket(AF_UNIX, SOCK_STREAM, connect_local); }},
        {"bind TCP", [] { return with_socket(AF_INET, SOCK_STREAM, [](int s) { return bind_tcp(s, 45'678); }); }},
        {"listen", [] { return with_socket(AF_INET, SOCK_STREAM, listen_tcp); }},
        {"UDP", [] { return with_socket(AF_INET, SOCK_DGRAM, [](int) { return worked; }); }},
        {"raw socket", [] { return with_socket(AF_INET, SOCK_RAW, [](int) { return worked; }); }},
        {"packet socket", [] { return with_socket(AF_PACKET, SOCK_RAW, [](int) { return worked; }); }},
        {"netlink", [] { return with_socket(AF_NETLINK, SOCK_RAW, [](int) { return worked; }); }},
        {"execve", execute},
        {"fork", fork_and_wait},
        {"map code", map_code},
        {"ptrace", [] { return outcome(::ptrace(PTRACE_ATTACH, ::getppid(), nullptr, nullptr)); }},
        {"kill", [] { return outcome(::kill(::getppid(), 0)); }},
        {"setuid 0", [] { return outcome(::setuid(0)); }},
        {"mount", [] { return outcome(::mount("none", "/tmp", "tmpfs", 0, nullptr)); }},
        {"chroot", [] { return outcome(::chroot("/")); }},
        {"unshare", [] { return outcome(::unshare(CLONE_NEWUSER)); }},
        {"bpf", [] { return outcome(::syscall(SYS_bpf, 0, nullptr, 0)); }},
        {"io_uring_setup", [] { return outcome(::syscall(SYS_io_uring_setup, 1, nullptr)); }},
        {"userfaultfd", [] { return outcome(::syscall(SYS_userfaultfd, 0)); }},
        {"perf_event_open", [] { return outcome(::syscall(SYS_perf_event_open, nullptr, 0, -1, -1, 0)); }},
        {"process_vm_readv",
         [] { return outcome(::syscall(SYS_process_vm_readv, ::getppid(), nullptr, 0, nullptr, 0, 0)); }},
        {"keyctl", [] { return outcome(::syscall(SYS_keyctl, 0, 0, 0, 0, 0)); }},
    };
}

std::string trimmed(const std::string& text) {
    const auto first = text.find_first_not_of(" \t");
    return first == std::string::npos ? "" : text.substr(first, text.find_last_not_of(" \t") + 1 - first);
}

struct Fenced {
    pid_t pid;
    file::Descriptor line;  // it writes an octet when the fences stand, and lives until this closes
};

Fenced start_fenced(const Policy& policy, process::Inheritance& given) {
    std::array<int, 2> ends{};
    if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0) return {-1, {}};
    const pid_t pid = ::fork();
    if (pid == 0) {
        ::close(ends[0]);
        static_cast<void>(enter(policy, given));
        char octet = '!';
        static_cast<void>(!::write(ends[1], &octet, 1));
        static_cast<void>(!::read(ends[1], &octet, 1));
        ::_exit(0);
    }
    ::close(ends[1]);
    return {pid, file::Descriptor(ends[0])};
}

}  // namespace

int attempt(const Policy& policy, process::Inheritance& given, const std::function<int()>& what) {
    const pid_t pid = ::fork();
    if (pid == 0) {
        static_cast<void>(enter(policy, given));
        ::_exit(what());
    }
    int status = 0;
    ::waitpid(pid, &status, 0);
    if (WIFSIGNALED(status)) return WTERMSIG(status) == SIGSYS ? killed : -WTERMSIG(status);
    return WEXITSTATUS(status);
}

std::map<std::string, int, std::less<>> intrude(const Policy& policy, process::Inheritance& given) {
    std::map<std::string, int, std::less<>> outcomes;
    for (const auto& [name, what] : attempts(given)) outcomes.emplace(name, attempt(policy, given, what));
    return outcomes;
}

std::string status_of_fenced(const Policy& policy, process::Inheritance& given, std::string_view field) {
    auto fenced = start_fenced(policy, given);
    char octet;
    static_cast<void>(!::read(fenced.line.get(), &octet, 1));
    std::ifstream status("/proc/" + std::to_string(fenced.pid) + "/status");
    std::string found;
    for (std::string line; std::getline(status, line);)
        if (line.starts_with(field) && line.size() > field.size() && line[field.size()] == ':')
            found = trimmed(line.substr(field.size() + 1));
    fenced.line.close();
    ::waitpid(fenced.pid, nullptr, 0);
    return found;
}

process::Inheritance as_started_by_master() {
    process::Inheritance given;
    given.privileged = ::geteuid() == 0;
    given.uid = given.gid = 61'014;
    char place[] = "/tmp/hermod-fence-XXXXXX";
    if (::mkdtemp(place)) {
        if (given.privileged && ::chown(place, given.uid, given.gid) != 0) return given;
        using Purpose = process::Directory::Purpose;
        for (const auto purpose : {Purpose::Root, Purpose::Spool, Purpose::Drop})
            given.directories.push_back({purpose, file::Descriptor(::open(place, O_RDONLY | O_DIRECTORY | O_CLOEXEC))});
        ::unlinkat(AT_FDCWD, place, AT_REMOVEDIR);  // an open directory without a name, gone after the test
    }
    return given;
}

}  // namespace sandbox
