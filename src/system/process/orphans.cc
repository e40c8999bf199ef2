#include "process/orphans.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <unistd.h>

#include <charconv>
#include <string>

#include "file/descriptor.h"

namespace process {
namespace {

/// "123 456 "
std::string children() {
    const auto path = fmt::format("/proc/self/task/{}/children", ::getpid());
    const file::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    std::string text;
    char piece[4096];
    for (ssize_t got; file && (got = ::read(file.get(), piece, sizeof piece)) > 0;)
        text.append(piece, static_cast<std::size_t>(got));
    return text;
}

}  // namespace

void kill_orphans(const std::function<bool(std::int64_t)>& is_kept) {
    const auto text = children();
    const char* const end = text.data() + text.size();
    for (const char* at = text.data(); at < end; ++at) {
        pid_t pid = 0;
        at = std::from_chars(at, end, pid).ptr;
        if (pid > 1 && !(is_kept && is_kept(pid))) ::kill(pid, SIGKILL);
    }
}

}  // namespace process
