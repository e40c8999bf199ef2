#include "file/posix_disk.h"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <cstdio>

#include "file/posix_file.h"
#include "lang/try.h"
#include "lang/verify.h"

namespace file {
namespace {

constexpr std::string_view unnamed_prefix = ".unnamed-";
constexpr mode_t permissions_of_files = 0600;

std::unexpected<Error> failed(std::string_view call, std::string path) {
    return std::unexpected(Error{errno, call, std::move(path)});
}

Descriptor open_at(int directory, const std::string& path, int flags) {
    int number;
    do number = ::openat(directory, path.c_str(), flags | O_CLOEXEC | O_NOFOLLOW, permissions_of_files);
    while (number < 0 && errno == EINTR);
    return Descriptor(number);
}

int flags_of(Mode mode) {
    switch (mode) {
        case Mode::Read: return O_RDONLY | O_NONBLOCK;  // it may be a pipe, by now
        case Mode::Write: return O_RDWR;
        case Mode::CreateNew: return O_RDWR | O_CREAT | O_EXCL;
    }
    return O_RDONLY;
}

std::string random_name(const std::string& directory) {
    std::uint64_t number;
    VERIFY(::getrandom(&number, sizeof number, 0) == sizeof number);
    return fmt::format("{}/{}{:016x}", directory, unnamed_prefix, number);
}

Listed describe(int directory, const dirent& entry) {
    unsigned char type = entry.d_type;
    if (type == DT_UNKNOWN) {  // filesystems that do not say
        struct stat status;
        if (::fstatat(directory, entry.d_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
            type = S_ISREG(status.st_mode) ? DT_REG : S_ISDIR(status.st_mode) ? DT_DIR : DT_UNKNOWN;
    }
    return {.name = entry.d_name, .is_directory = type == DT_DIR, .is_file = type == DT_REG};
}

}  // namespace

bool is_unnamed(std::string_view name) { return name.starts_with(unnamed_prefix); }

Result<std::unique_ptr<PosixDisk>> PosixDisk::open(const std::string& path) {
    Descriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!directory) return failed("open", path);
    return std::make_unique<PosixDisk>(std::move(directory));
}

Result<std::unique_ptr<OpenFile>> PosixDisk::open(const std::string& path, Mode mode) {
    Descriptor descriptor = open_at(directory_.get(), path, flags_of(mode));
    if (!descriptor) return failed("open", path);
    return std::make_unique<PosixFile>(directory_.get(), path, std::move(descriptor), mode);
}

Result<std::unique_ptr<OpenFile>> PosixDisk::open_locked(const std::string& path) {
    Descriptor descriptor = open_at(directory_.get(), path, O_RDWR | O_CREAT);
    if (!descriptor) return failed("open", path);
    if (::flock(descriptor.get(), LOCK_EX | LOCK_NB) != 0) return failed("flock", path);
    return std::make_unique<PosixFile>(directory_.get(), path, std::move(descriptor), Mode::Write);
}

// Tried once with a file of no importance: a file that was written and then cannot be named would be lost work.
bool PosixDisk::can_link_unnamed(const std::string& directory) {
    Unnamed known = unnamed_;
    if (known == Unnamed::Unknown) {
        Descriptor trial = open_at(directory_.get(), directory, O_RDWR | O_TMPFILE);
        std::string name = random_name(directory);
        bool linked = trial && link_descriptor(trial.get(), directory_.get(), name.c_str());
        if (linked) ::unlinkat(directory_.get(), name.c_str(), 0);
        // Nor where there is no /proc, as in a root directory of its own: it could not be handed on to be read alone.
        const bool opens_anew =
            linked && Descriptor(::open(descriptor_path(trial.get()).c_str(), O_RDONLY | O_CLOEXEC));
        unnamed_ = known = opens_anew ? Unnamed::Linkable : Unnamed::NeedsName;
    }
    return known == Unnamed::Linkable;
}

Result<std::unique_ptr<OpenFile>> PosixDisk::open_with_random_name(const std::string& directory) {
    std::string name = random_name(directory);
    Descriptor descriptor = open_at(directory_.get(), name, O_RDWR | O_CREAT | O_EXCL);
    if (!descriptor) return failed("open", name);
    return std::make_unique<PosixFile>(directory_.get(), name, std::move(descriptor), Mode::CreateNew,
                                       PosixFile::Name::UntilLinked);
}

Result<std::unique_ptr<OpenFile>> PosixDisk::open_unnamed(const std::string& directory) {
    if (!can_link_unnamed(directory)) return open_with_random_name(directory);
    Descriptor descriptor = open_at(directory_.get(), directory, O_RDWR | O_TMPFILE);
    if (!descriptor) return failed("open", directory);
    return std::make_unique<PosixFile>(directory_.get(), "", std::move(descriptor), Mode::CreateNew);
}

Result<void> PosixDisk::link_in(OpenFile& unnamed, const std::string& path) {
    return dynamic_cast<PosixFile&>(unnamed).link_in(path);
}

Result<void> PosixDisk::rename(const std::string& from, const std::string& to) {
    if (::renameat(directory_.get(), from.c_str(), directory_.get(), to.c_str()) != 0) return failed("rename", from);
    return {};
}

Result<void> PosixDisk::link(const std::string& from, const std::string& to) {
    if (::linkat(directory_.get(), from.c_str(), directory_.get(), to.c_str(), 0) != 0) return failed("link", to);
    return {};
}

Result<void> PosixDisk::unlink(const std::string& path) {
    if (::unlinkat(directory_.get(), path.c_str(), 0) != 0) return failed("unlink", path);
    return {};
}

Result<void> PosixDisk::make_directory(const std::string& path, unsigned permissions) {
    if (::mkdirat(directory_.get(), path.c_str(), permissions) != 0) return failed("mkdir", path);
    return {};
}

Result<std::vector<Listed>> PosixDisk::list(const std::string& directory) {
    Descriptor descriptor = open_at(directory_.get(), directory, O_RDONLY | O_DIRECTORY);
    if (!descriptor) return failed("open", directory);
    std::unique_ptr<DIR, int (*)(DIR*)> stream(::fdopendir(descriptor.get()), ::closedir);
    if (!stream) return failed("fdopendir", directory);
    int number = descriptor.release();  // the stream closes it
    std::vector<Listed> listed;
    errno = 0;
    while (const dirent* entry = ::readdir(stream.get())) {
        std::string_view name = entry->d_name;
        if (name != "." && name != "..") listed.push_back(describe(number, *entry));
        errno = 0;
    }
    if (errno != 0) return failed("readdir", directory);
    return listed;
}

Result<bool> PosixDisk::exists(const std::string& path) {
    struct stat status;
    if (::fstatat(directory_.get(), path.c_str(), &status, AT_SYMLINK_NOFOLLOW) == 0) return true;
    if (errno == ENOENT) return false;
    return failed("fstatat", path);
}

Result<void> PosixDisk::sync_directory(const std::string& directory) {
    Descriptor descriptor = open_at(directory_.get(), directory, O_RDONLY | O_DIRECTORY);
    if (!descriptor) return failed("open", directory);
    int synced;
    do synced = ::fsync(descriptor.get());
    while (synced != 0 && errno == EINTR);
    if (synced != 0) return failed("fsync", directory);
    return {};
}

Result<std::uint64_t> PosixDisk::free_bytes() {
    struct statvfs status;
    if (::fstatvfs(directory_.get(), &status) != 0) return failed("fstatvfs", ".");
    return static_cast<std::uint64_t>(status.f_bavail) * status.f_frsize;
}

Result<void> PosixDisk::check_private() const {
    struct stat status;
    if (::fstat(directory_.get(), &status) != 0) return failed("fstat", ".");
    if (status.st_uid == ::geteuid() && (status.st_mode & (S_IWGRP | S_IWOTH)) == 0) return {};
    return std::unexpected(Error{EPERM, "check owner and permissions of", "."});
}

}  // namespace file
