#include "answered/record.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "file/descriptor.h"
#include "lang/try.h"
#include "vacation/vacation.h"

namespace answered {
namespace {

using vacation::Answered;

constexpr std::size_t most_octets = 4 * 1024 * 1024;
constexpr int most_tries = 10;

std::unexpected<file::Error> failed(std::string_view call, const std::string& name, int error = errno) {
    return std::unexpected(file::Error{error, call, name});
}

file::Result<std::string> read_all(int file, const std::string& name, std::size_t most) {
    std::string text;
    char piece[65536];
    for (;;) {
        const auto got = ::pread(file, piece, sizeof piece, static_cast<off_t>(text.size()));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("read", name);
        if (got == 0) return text;
        text.append(piece, static_cast<std::size_t>(got));
        if (text.size() > most) return failed("read", name, EFBIG);
    }
}

file::Result<void> write_all(int file, std::string_view octets, const std::string& name) {
    while (!octets.empty()) {
        const auto done = ::write(file, octets.data(), octets.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return failed("write", name);
        octets.remove_prefix(static_cast<std::size_t>(done));
    }
    if (::fdatasync(file) != 0) return failed("fdatasync", name);
    return {};
}

bool is_ours(const struct stat& status) {
    return S_ISREG(status.st_mode) && status.st_uid == ::geteuid() && status.st_nlink == 1 &&
           (status.st_mode & (S_IWGRP | S_IWOTH)) == 0;
}

/// Open and locked, and still what the name leads to.
file::Result<file::Descriptor> open_locked(int directory, const std::string& name) {
    for (int tries = 0; tries < most_tries; ++tries) {
        file::Descriptor file(
            ::openat(directory, name.c_str(), O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0600));
        if (!file) return failed("open", name);
        struct stat status;
        if (::fstat(file.get(), &status) != 0) return failed("stat", name);
        // Gone, or replaced by a shorter one, since it was opened.
        if (status.st_nlink == 0) continue;
        if (!is_ours(status)) return failed("use", name, EPERM);
        if (::flock(file.get(), LOCK_EX) != 0) return failed("lock", name);
        struct stat now;
        if (::fstatat(directory, name.c_str(), &now, AT_SYMLINK_NOFOLLOW) == 0 && now.st_ino == status.st_ino &&
            now.st_dev == status.st_dev)
            return file;
    }
    return failed("lock", name, EAGAIN);
}

/// In place of the file, which is locked.
file::Result<void> replace(int directory, const std::string& name, std::string_view text) {
    const auto fresh = name + ".new";
    ::unlinkat(directory, fresh.c_str(), 0);  // of somebody who was interrupted
    const file::Descriptor file(
        ::openat(directory, fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!file) return failed("create", fresh);
    TRY(write_all(file.get(), text, fresh));
    if (::renameat(directory, fresh.c_str(), directory, name.c_str()) != 0) return failed("rename", fresh);
    return {};
}

}  // namespace

file::Result<Verdict> note(int directory, const std::string& name, std::string_view reverse_path, std::int64_t now,
                           std::int64_t period) {
    const auto file = TRY(open_locked(directory, name));
    const auto text = TRY(read_all(file.get(), name, most_octets));
    auto answered = Answered::parse(text);
    const auto before = answered.size();
    answered.forget(now, period);
    if (!answered.may_answer(reverse_path, now, period)) return Verdict::NotAgain;
    if (before > 2 * answered.size() + 100) {
        answered.note(reverse_path, now);
        TRY(replace(directory, name, answered.to_text()));
        return Verdict::Answer;
    }
    const bool is_torn = !text.empty() && !text.ends_with('\n');  // of a crash while it was written
    TRY(write_all(file.get(), (is_torn ? "\n" : "") + Answered::line(reverse_path, now), name));
    if (text.empty() && ::fsync(directory) != 0) return failed("fsync", name);
    return Verdict::Answer;
}

file::Result<void> forget_all(int directory, const std::string& name) {
    if (::unlinkat(directory, name.c_str(), 0) != 0 && errno != ENOENT) return failed("remove", name);
    return {};
}

file::Result<void> write_notice(int directory, const std::string& name, std::string_view text) {
    TRY(replace(directory, name, text));
    if (::fsync(directory) != 0) return failed("fsync", name);
    return {};
}

file::Result<std::string> read_notice(int directory, const std::string& name, std::size_t most) {
    const file::Descriptor file(::openat(directory, name.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC | O_NOFOLLOW));
    if (!file) return failed("open", name);
    struct stat status;
    if (::fstat(file.get(), &status) != 0) return failed("stat", name);
    const bool is_safe = S_ISREG(status.st_mode) && (status.st_uid == ::geteuid() || status.st_uid == 0) &&
                         (status.st_mode & S_IWOTH) == 0;
    if (!is_safe) return failed("use", name, EPERM);
    return read_all(file.get(), name, most);
}

}  // namespace answered
