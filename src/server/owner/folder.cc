#include "owner/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "lang/try.h"
#include "owner/place.h"

namespace owner {
namespace {

constexpr int directory_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t others_may_write = S_IWGRP | S_IWOTH;

std::unexpected<Obstacle> obstacle(Obstacle::Kind kind, std::string_view path, std::string_view why) {
    return std::unexpected(Obstacle{kind, fmt::format("{}: {}", path, why)});
}

std::unexpected<Obstacle> failed(std::string_view path) {
    // A link or something that is no directory where a directory is wanted: somebody put it there.
    const auto kind = errno == ELOOP || errno == ENOTDIR ? Obstacle::Kind::Unsafe : Obstacle::Kind::Failed;
    return obstacle(kind, path, std::strerror(errno));
}

/// What is wrong with a file that should be the owner's alone; empty: nothing.
std::string_view flaw_of(const struct stat& status, std::uint32_t owner) {
    if (status.st_uid != owner) return "belongs to somebody else";
    if (status.st_mode & others_may_write) return "others may write to it";
    return {};
}

enum class On : std::uint8_t { TheWay, TheEnd };  // on the way, root's directories do too

Way<void> check_directory(int directory, std::string_view path, std::uint32_t owner, On on) {
    struct stat status;
    if (::fstat(directory, &status) != 0) return failed(path);
    if (on == On::TheWay && status.st_uid == 0) owner = 0;
    if (const auto flaw = flaw_of(status, owner); !flaw.empty()) return obstacle(Obstacle::Kind::Unsafe, path, flaw);
    return {};
}

/// Links in the path above the home are resolved below `base`, which need not be this process's root.
file::Descriptor open_in_root(int base, const std::string& home) {
    open_how how{};
    how.flags = directory_flags;
    how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS;
    const auto number = ::syscall(SYS_openat2, base, home.c_str(), &how, sizeof how);
    // In the wild: containers whose system call filter is older than the call.
    if (number < 0 && (errno == ENOSYS || errno == EPERM))
        return file::Descriptor(::openat(base, home.c_str(), directory_flags));
    return file::Descriptor(static_cast<int>(number));
}

Way<file::Descriptor> open_or_make(int directory, const std::string& name) {
    file::Descriptor opened(::openat(directory, name.c_str(), directory_flags));
    if (opened || errno != ENOENT) return opened ? Way<file::Descriptor>(std::move(opened)) : failed(name);
    if (::mkdirat(directory, name.c_str(), 0700) != 0 && errno != EEXIST) return failed(name);
    // The new name must be as durable as the mail that goes below it.
    if (::fsync(directory) != 0) return failed(name);
    opened = file::Descriptor(::openat(directory, name.c_str(), directory_flags));
    if (!opened) return failed(name);
    return opened;
}

}  // namespace

Way<file::Descriptor> open_home(int base, const std::string& home, Base kind, std::uint32_t owner) {
    if (kind == Base::MailDirectory) {
        file::Descriptor mail_directory(::openat(base, ".", directory_flags));
        if (!mail_directory) return failed("the mail directory");
        return open_below(mail_directory.get(), home, owner);
    }
    auto opened = open_in_root(base, home);
    // A link in the home's place reads as ENOTDIR.
    const bool is_strange = !opened && (errno == ELOOP || errno == ENOTDIR);
    if (!opened)
        return obstacle(is_strange ? Obstacle::Kind::Unsafe : Obstacle::Kind::NoHome, "/" + home, std::strerror(errno));
    TRY(check_directory(opened.get(), "/" + home, owner, On::TheEnd));
    struct stat status;
    // qmail's rule: a sticky home is being edited by its owner.
    if (::fstat(opened.get(), &status) != 0 || (status.st_mode & S_ISVTX))
        return obstacle(Obstacle::Kind::Unsafe, "/" + home, "is sticky: its owner is at work there");
    return opened;
}

Way<file::Descriptor> open_below(int directory, const std::string& path, std::uint32_t owner) {
    file::Descriptor current(::openat(directory, ".", directory_flags));
    if (!current) return failed(path);
    if (path.empty()) return current;
    const auto names = plain_components(path);
    for (const auto& name : names) {
        current = TRY(open_or_make(current.get(), name));
        TRY(check_directory(current.get(), name, owner, &name == &names.back() ? On::TheEnd : On::TheWay));
    }
    return current;
}

Way<void> check_maildir(int maildir, std::uint32_t owner) {
    for (const char* name : {"tmp", "new", "cur"}) {
        struct stat status;
        if (::fstatat(maildir, name, &status, AT_SYMLINK_NOFOLLOW) != 0) {
            if (errno == ENOENT) continue;
            return failed(name);
        }
        if (!S_ISDIR(status.st_mode)) return obstacle(Obstacle::Kind::Unsafe, name, "is not a directory");
        if (const auto flaw = flaw_of(status, owner); !flaw.empty())
            return obstacle(Obstacle::Kind::Unsafe, name, flaw);
    }
    return {};
}

Way<void> check_mbox(int directory, const std::string& name, std::uint32_t owner) {
    struct stat status;
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0)
        return errno == ENOENT ? Way<void>() : failed(name);
    if (!S_ISREG(status.st_mode)) return obstacle(Obstacle::Kind::Unsafe, name, "is not a regular file");
    if (status.st_nlink != 1) return obstacle(Obstacle::Kind::Unsafe, name, "has a second name elsewhere");
    if (const auto flaw = flaw_of(status, owner); !flaw.empty()) return obstacle(Obstacle::Kind::Unsafe, name, flaw);
    return {};
}

}  // namespace owner
