#include "dotcommands/child.h"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace dotcommands {

int run_program(std::span<char*> words, int input) {
    const pid_t child = ::fork();
    if (child < 0) return not_now;
    if (child == 0) {
        if (input != STDIN_FILENO && ::dup2(input, STDIN_FILENO) < 0) ::_exit(not_now);
        ::execvp(words[0], words.data());
        fmt::print(stderr, "{}: {}\n", words[0], std::strerror(errno));
        ::_exit(not_now);
    }
    int status = 0;
    while (::waitpid(child, &status, 0) < 0)
        if (errno != EINTR) return not_now;
    return WIFEXITED(status) ? WEXITSTATUS(status) : not_now;
}

}  // namespace dotcommands
