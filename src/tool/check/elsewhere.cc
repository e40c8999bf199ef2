#include "check/elsewhere.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "file/descriptor.h"

namespace check {
namespace {

bool write_all(int to, std::string_view text) {
    while (!text.empty()) {
        const auto put = ::write(to, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return false;
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
}

std::string read_all(int from) {
    std::string text;
    std::array<char, 4096> room;
    for (ssize_t got; (got = ::read(from, room.data(), room.size())) != 0;) {
        if (got > 0)
            text.append(room.data(), static_cast<std::size_t>(got));
        else if (errno != EINTR)
            break;
    }
    return text;
}

}  // namespace

std::expected<std::string, std::string> found_elsewhere(const std::function<std::string()>& find) {
    const auto failed = [] { return std::unexpected(std::string("cannot be looked at: ") + std::strerror(errno)); };
    std::array<int, 2> ends{};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return failed();
    const file::Descriptor in(ends[0]);
    file::Descriptor out(ends[1]);
    const pid_t child = ::fork();
    if (child < 0) return failed();
    if (child == 0) ::_exit(write_all(out.get(), find()) ? 0 : 1);
    out.close();
    auto text = read_all(in.get());
    int status = 0;
    while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) return std::unexpected("cannot be looked at");
    return text;
}

}  // namespace check
