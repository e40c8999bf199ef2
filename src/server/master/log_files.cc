#include "master/log_files.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace master {

namespace {

void rotate(const LogFile& file) {
    struct stat status;
    if (file.rotate_at == 0 || ::stat(file.path.c_str(), &status) != 0) return;
    if (!S_ISREG(status.st_mode) || static_cast<std::uint64_t>(status.st_size) <= file.rotate_at) return;
    for (std::uint32_t number = file.rotations; number > 1; --number)
        ::rename(fmt::format("{}.{}", file.path, number - 1).c_str(), fmt::format("{}.{}", file.path, number).c_str());
    ::rename(file.path.c_str(), fmt::format("{}.1", file.path).c_str());
}

file::Descriptor open_log(const LogFile& file) {
    if (file.path.empty()) return {};
    rotate(file);
    return file::Descriptor(::open(file.path.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOCTTY, 0640));
}

}  // namespace

LogDescriptors open_logs(const Plan& plan) {
    LogDescriptors opened{open_log(plan.log), open_log(plan.events)};
    if (!opened.log) opened.log = file::Descriptor(::fcntl(STDERR_FILENO, F_DUPFD_CLOEXEC, 0));
    return opened;
}

logs::Outputs duplicates(const LogDescriptors& logs) {
    const auto copy = [](const file::Descriptor& original) {
        return file::Descriptor(original ? ::fcntl(original.get(), F_DUPFD_CLOEXEC, 0) : -1);
    };
    return {.log = copy(logs.log), .events = copy(logs.events)};
}

logs::Options log_options(const Plan& plan) {
    return {.format = static_cast<logs::Format>(plan.log_format),
            .process = "master",
            .qmail_stamps = !plan.log.path.empty(),
            .qmail = {}};
}

}  // namespace master
