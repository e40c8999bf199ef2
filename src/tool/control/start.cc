// `hermod start` and `restart`: a server in the background, for machines without a service manager.

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <iterator>

#include "check/arguments.h"
#include "control/run.h"
#include "control/server.h"

namespace control {
namespace {

constexpr int longest_start = 120'000;  // milliseconds; a long queue is read meanwhile
constexpr int longest_end = 10'000;     // of one that could not start
constexpr const char* detached = "--detached";

int complain(std::string_view command, const Trouble& trouble) {
    fmt::print(stderr, "{}: {}\n", command, trouble.text);
    return trouble.status;
}

struct Pipe {
    file::Descriptor out;
    file::Descriptor in;
};

Pipe make_pipe() {
    int ends[2] = {-1, -1};
    if (::pipe2(ends, O_CLOEXEC) != 0) return {};
    return {file::Descriptor(ends[0]), file::Descriptor(ends[1])};
}

std::string absolute(const std::string& path) {
    char whole[PATH_MAX];
    return ::realpath(path.c_str(), whole) ? whole : path;
}

/// The child: away from this terminal and folder. Only what is safe between fork and exec.
[[noreturn]] void become_server(const char* configuration, const char* ready_number, int ready, int said) {
    ::setsid();
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, STDIN_FILENO);
    ::dup2(nothing, STDOUT_FILENO);
    ::dup2(said, STDERR_FILENO);
    ::fcntl(ready, F_SETFD, 0);
    ::execl("/proc/self/exe", "hermod", "serve", detached, "--config", configuration, "--ready-fd", ready_number,
            static_cast<char*>(nullptr));
    _exit(127);
}

/// Passes on what the server says of its start. True: it is ready.
bool hear_of_start(const Pipe& ready, const Pipe& said) {
    std::array<pollfd, 2> waiting{{{ready.out.get(), POLLIN, 0}, {said.out.get(), POLLIN, 0}}};
    for (;;) {
        if (::poll(waiting.data(), waiting.size(), longest_start) <= 0) return false;
        char octets[4096];
        if (waiting[1].revents != 0) {
            const auto got = ::read(said.out.get(), octets, sizeof octets);
            if (got > 0) std::fwrite(octets, 1, static_cast<std::size_t>(got), stderr);
            if (got <= 0) waiting[1].fd = -1;
            continue;
        }
        if (waiting[0].revents != 0) return ::read(ready.out.get(), octets, sizeof octets) > 0;
    }
}

int launch(std::string_view command, const std::string& configuration) {
    Pipe ready = make_pipe(), said = make_pipe();
    const auto path = absolute(configuration);
    const auto number = std::to_string(ready.in.get());
    const pid_t child = ready.in && said.in ? ::fork() : -1;
    if (child < 0) return complain(command, {.text = std::strerror(errno)});
    if (child == 0) become_server(path.c_str(), number.c_str(), ready.in.get(), said.in.get());
    ready.in.close();
    said.in.close();
    if (hear_of_start(ready, said)) {
        fmt::print("started, pid {}\n", child);
        return 0;
    }
    int status = 0;
    for (int waited = 0; ::waitpid(child, &status, WNOHANG) == 0; waited += 20) {
        if (waited > longest_end) return complain(command, {.text = "the server takes long to start"});
        ::poll(nullptr, 0, 20);
    }
    return WIFEXITED(status) ? WEXITSTATUS(status) : Trouble::not_allowed;
}

bool is_running(const ControlSocket& socket) {
    const auto path = socket.find();
    return path && Server::connect(*path).has_value();
}

/// Whether `hermod start` started the server, and not a service manager, which would start it a second time.
bool is_detached(pid_t master) {
    std::ifstream file(fmt::format("/proc/{}/cmdline", master), std::ios::binary);
    const std::string words{std::istreambuf_iterator(file), {}};
    return words.contains(std::string("\0", 1) + detached + std::string("\0", 1));
}

}  // namespace

int start(std::span<char*> arguments) {
    constexpr std::string_view name = "hermod start";
    CLI::App app("Starts the server in the background, and returns when it accepts mail.", std::string(name));
    ControlSocket socket;
    socket.configuration.add_to(app);
    if (const auto ended = check::parse(app, arguments)) return *ended;
    if (is_running(socket)) {
        fmt::print("the server is running already\n");
        return 0;
    }
    return launch(name, socket.configuration.path);
}

int restart(std::span<char*> arguments) {
    constexpr std::string_view name = "hermod restart";
    CLI::App app("Ends the server that `hermod start` started, and starts it anew; or starts one.", std::string(name));
    ControlSocket socket;
    socket.configuration.add_to(app);
    if (const auto ended = check::parse(app, arguments)) return *ended;
    const auto path = socket.find();
    if (!path) return complain(name, path.error());
    auto server = Server::connect(*path);
    if (!server && !server.error().is_nobody_there()) return complain(name, trouble_of(server.error(), *path));
    if (server) {
        if (!is_detached(server->listening_process()))
            return complain(name, {.status = Trouble::not_allowed,
                                   .text = "the server was not started by `hermod start`; whoever started it is to "
                                           "restart it: systemctl restart hermod, sv restart …"});
        // What the server would refuse to run with it refuses now, while there is one: a configuration that is wrong,
        // an address that cannot be bound.
        const auto tried = ask<admind::Answer>(*server, admind::Command{.ticket = 1, .order = admind::Order::Reload});
        if (tried && !tried->done)
            return complain(name, {.text = tried->text + "\nnothing was done: the server runs on as it was"});
        const auto ended = end(*server, /*returns_at_once=*/false);
        if (!ended) return complain(name, ended.error());
        if (*ended != 0) return *ended;
    }
    return launch(name, socket.configuration.path);
}

}  // namespace control
