// preline: the message for a program, with the lines on top that mail readers of old expect.
#include <fmt/format.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <string>
#include <string_view>

#include "dotcommands/child.h"
#include "dotcommands/run.h"

namespace dotcommands {
namespace {

bool write_all(int output, std::string_view octets) {
    while (!octets.empty()) {
        const auto done = ::write(output, octets.data(), octets.size());
        if (done < 0 && errno != EINTR) return false;
        if (done > 0) octets.remove_prefix(static_cast<std::size_t>(done));
    }
    return true;
}

bool copy(int input, int output) {
    std::array<char, 65536> piece;
    for (;;) {
        const auto got = ::read(input, piece.data(), piece.size());
        if (got == 0) return true;
        if (got < 0 && errno != EINTR) return false;
        if (got > 0 && !write_all(output, {piece.data(), static_cast<std::size_t>(got)})) return false;
    }
}

struct Lines {
    bool from_line = true;     // UFLINE, unless -f
    bool return_path = true;   // RPLINE, unless -r
    bool delivered_to = true;  // DTLINE, unless -d
};

std::string text_of(const Lines& lines) {
    std::string text;
    const auto add = [&](bool is_wanted, const char* name) {
        const char* value = std::getenv(name);
        if (is_wanted && value) text += value;
    };
    add(lines.from_line, "UFLINE");
    add(lines.return_path, "RPLINE");
    add(lines.delivered_to, "DTLINE");
    return text;
}

int usage() {
    fmt::print(stderr, "usage: preline [-dfr] PROGRAM [ARGUMENT …]\n");
    return never;
}

}  // namespace

int preline(std::span<char*> arguments) {
    Lines lines;
    for (int option; (option = ::getopt(static_cast<int>(arguments.size()), arguments.data(), "+dfr")) != -1;) {
        switch (option) {
            case 'd': lines.delivered_to = false; break;
            case 'f': lines.from_line = false; break;
            case 'r': lines.return_path = false; break;
            default: return usage();
        }
    }
    const auto program = arguments.subspan(static_cast<std::size_t>(optind));
    if (program.empty()) return usage();
    int ends[2];
    if (::pipe(ends) != 0) return not_now;
    // A program that has read enough may close its input.
    ::signal(SIGPIPE, SIG_IGN);
    const pid_t writer = ::fork();
    if (writer < 0) return not_now;
    if (writer == 0) {
        ::close(ends[0]);
        ::_exit(write_all(ends[1], text_of(lines)) && copy(STDIN_FILENO, ends[1]) ? 0 : 1);
    }
    ::close(ends[1]);
    ::signal(SIGPIPE, SIG_DFL);
    const int status = run_program(program, ends[0]);
    ::close(ends[0]);
    ::waitpid(writer, nullptr, 0);
    return status;
}

}  // namespace dotcommands
