#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "dotcommands/child.h"
#include "dotcommands/run.h"

namespace dotcommands {

int maildirmake(std::span<char*> arguments) {
    if (arguments.size() != 2) {
        fmt::print(stderr, "usage: maildirmake DIRECTORY\n");
        return never;
    }
    ::umask(077);
    const std::string maildir = arguments[1];
    for (const char* below : {"", "/tmp", "/new", "/cur"}) {
        const auto path = maildir + below;
        if (::mkdir(path.c_str(), 0700) == 0) continue;
        fmt::print(stderr, "maildirmake: {}: {}\n", path, std::strerror(errno));
        return not_now;
    }
    return 0;
}

}  // namespace dotcommands
