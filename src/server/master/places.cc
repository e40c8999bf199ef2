#include "master/places.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lang/try.h"

namespace master {

namespace {

using process::Role;
using Result = std::expected<void, std::string>;

std::unexpected<std::string> failure(const std::string& path, int number = errno) {
    return std::unexpected(fmt::format("{}: {}", path, std::strerror(number)));
}

std::string parent_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

/// With those above it, which belong to root and are open to pass through.
Result make_path(const std::string& path) {
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    if (errno != ENOENT || path.size() <= 1) return failure(path);
    TRY(make_path(parent_of(path)));
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    return failure(path);
}

// Hostile: what is there already may be another user's link; it is opened without following, then changed through the
// descriptor.
Result make_place(const std::string& path, mode_t mode, Identity owner, bool privileged) {
    TRY(make_path(path));
    const file::Descriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) return failure(path);
    if (privileged && ::fchown(opened.get(), owner.uid, owner.gid) != 0) return failure(path);
    if (::fchmod(opened.get(), mode) != 0) return failure(path);
    return {};
}

std::string empty_directory(const Plan& plan) { return plan.data_directory + "/empty"; }

file::Descriptor open_directory(const std::string& path) {
    return file::Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Result make_places(const Plan& plan, bool privileged) {
    const Identity root{0, 0};
    TRY(make_place(plan.data_directory, 0755, root, privileged));
    TRY(make_place(empty_directory(plan), 0555, root, privileged));
    TRY(make_place(plan.queue_directory, 0700, plan.identity(Role::Qmgr), privileged));
    // Anybody may leave a message, nobody may list or take away those of others.
    TRY(make_place(plan.drop_directory, 01733, plan.identity(Role::Pickup), privileged));
    TRY(make_place(plan.mail_directory, 0711, plan.mail, privileged));
    TRY(make_path(parent_of(plan.control_socket)));
    for (const auto& log : {plan.log, plan.events})
        if (!log.path.empty()) TRY(make_path(parent_of(log.path)));
    return {};
}

std::expected<file::Descriptor, std::string> lock(const Plan& plan) {
    const std::string path = plan.data_directory + "/master.pid";
    file::Descriptor opened(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!opened) return failure(path);
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) {
        char holder[32]{};
        const bool is_known = ::pread(opened.get(), holder, sizeof holder - 1, 0) > 0;
        return std::unexpected(fmt::format("another server runs on {}{}{}; give this one a data_directory of its own",
                                           plan.data_directory, is_known ? ", pid " : "",
                                           std::string_view(holder).substr(0, std::string_view(holder).find('\n'))));
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(opened.get(), 0) != 0 || ::pwrite(opened.get(), pid.data(), pid.size(), 0) < 0)
        return failure(path);
    return opened;
}

std::vector<process::Directory> directories_for(Role role, const Plan& plan) {
    using Purpose = process::Directory::Purpose;
    std::vector<process::Directory> given;
    switch (role) {
        case Role::Qmgr: given.push_back({Purpose::Spool, open_directory(plan.queue_directory)}); break;
        case Role::Pickup: given.push_back({Purpose::Drop, open_directory(plan.drop_directory)}); break;
        case Role::Deliver: given.push_back({Purpose::Mail, open_directory(plan.mail_directory)}); break;
        case Role::Relay:
        case Role::Smtpd:
        case Role::Admind: given.push_back({Purpose::Root, open_directory(empty_directory(plan))}); break;
        case Role::Directory:
        case Role::Master: break;
    }
    return given;
}

}  // namespace master
