#include "file/posix_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdio>

#include "lang/try.h"

namespace file {
namespace {

/// Calls until it is not interrupted.
template <typename F>
auto uninterrupted(F call) {
    decltype(call()) result;
    do result = call();
    while (result < 0 && errno == EINTR);
    return result;
}

/// What is left of `parts` after the first `written` octets.
std::span<iovec> past(std::span<iovec> parts, std::size_t written) {
    while (!parts.empty() && written >= parts.front().iov_len) {
        written -= parts.front().iov_len;
        parts = parts.subspan(1);
    }
    if (!parts.empty()) {
        parts.front().iov_base = static_cast<char*>(parts.front().iov_base) + written;
        parts.front().iov_len -= written;
    }
    return parts;
}

}  // namespace

std::string descriptor_path(int descriptor) { return fmt::format("/proc/self/fd/{}", descriptor); }

bool link_descriptor(int descriptor, int directory, const char* path) {
    if (::linkat(descriptor, "", directory, path, AT_EMPTY_PATH) == 0) return true;
    if (errno == EEXIST) return false;
    return ::linkat(AT_FDCWD, descriptor_path(descriptor).c_str(), directory, path, AT_SYMLINK_FOLLOW) == 0;
}

PosixFile::~PosixFile() {
    if (name_ == Name::UntilLinked) ::unlinkat(directory_, path_.c_str(), 0);
}

std::unexpected<Error> PosixFile::failed(std::string_view call) const {
    return std::unexpected(Error{errno, call, path_.empty() ? "(unnamed)" : path_});
}

Result<void> PosixFile::write_at(std::uint64_t offset, std::string_view bytes) {
    return write_at(offset, std::span(&bytes, 1));
}

Result<void> PosixFile::write_at(std::uint64_t offset, std::span<const std::string_view> pieces) {
    std::vector<iovec> parts(pieces.size());
    std::ranges::transform(pieces, parts.begin(), [](std::string_view piece) {
        return iovec{const_cast<char*>(piece.data()), piece.size()};  // pwritev only reads
    });
    std::span<iovec> left = past(parts, 0);
    while (!left.empty()) {
        auto count = static_cast<int>(std::min<std::size_t>(left.size(), IOV_MAX));
        auto written =
            uninterrupted([&] { return ::pwritev(descriptor_.get(), left.data(), count, static_cast<off_t>(offset)); });
        if (written < 0) return failed("pwritev");
        offset += static_cast<std::uint64_t>(written);
        left = past(left, static_cast<std::size_t>(written));
    }
    return {};
}

Result<std::string> PosixFile::read_at(std::uint64_t offset, std::size_t length) const {
    std::string bytes;
    // Hostile: a length read from a damaged file allocates no more than the file holds.
    std::uint64_t whole = TRY(size());
    bytes.resize(offset < whole ? std::min<std::uint64_t>(length, whole - offset) : 0);
    std::size_t have = 0;
    while (have < bytes.size()) {
        auto got = uninterrupted([&] {
            return ::pread(descriptor_.get(), bytes.data() + have, bytes.size() - have,
                           static_cast<off_t>(offset + have));
        });
        if (got < 0) return failed("pread");
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    bytes.resize(have);
    return bytes;
}

Result<std::uint64_t> PosixFile::size() const {
    struct stat status;
    if (::fstat(descriptor_.get(), &status) != 0) return failed("fstat");
    return static_cast<std::uint64_t>(status.st_size);
}

Result<void> PosixFile::truncate(std::uint64_t size) {
    if (uninterrupted([&] { return ::ftruncate(descriptor_.get(), static_cast<off_t>(size)); }) != 0)
        return failed("ftruncate");
    return {};
}

// Real zeros, not only fallocate(): the first write into a reserved but unwritten block needs a metadata change, which
// makes every later sync wait for the filesystem's own journal.
Result<void> PosixFile::fill_with_zeros(std::uint64_t size) {
    int reserved = uninterrupted([&] { return ::fallocate(descriptor_.get(), 0, 0, static_cast<off_t>(size)); });
    if (reserved != 0 && errno != EOPNOTSUPP && errno != ENOSYS) return failed("fallocate");
    const std::string zeros(std::min<std::uint64_t>(size, 1024 * 1024), '\0');
    for (std::uint64_t offset = 0; offset < size; offset += zeros.size())
        if (auto written = write_at(offset, std::string_view(zeros).substr(0, size - offset)); !written) return written;
    return {};
}

Result<void> PosixFile::sync_data() {
    if (uninterrupted([&] { return ::fdatasync(descriptor_.get()); }) != 0) return failed("fdatasync");
    return {};
}

Result<Descriptor> PosixFile::duplicate() const {
    Descriptor copy(::fcntl(descriptor_.get(), F_DUPFD_CLOEXEC, 0));
    if (!copy) return failed("dup");
    return copy;
}

Result<Descriptor> PosixFile::duplicate_read_only() const {
    if (mode_ == Mode::Read) return duplicate();
    // Only opening anew takes the right to write away. Without a name that needs /proc.
    Descriptor copy(path_.empty() ? ::open(descriptor_path(descriptor_.get()).c_str(), O_RDONLY | O_CLOEXEC)
                                  : ::openat(directory_, path_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW));
    if (!copy) return failed("open");
    return copy;
}

Result<void> PosixFile::link_in(const std::string& path) {
    if (name_ == Name::UntilLinked) {
        if (::renameat2(directory_, path_.c_str(), directory_, path.c_str(), RENAME_NOREPLACE) != 0)
            return failed("renameat2");
        name_ = Name::Kept;
    } else if (!link_descriptor(descriptor_.get(), directory_, path.c_str())) {
        return failed("linkat");
    }
    path_ = path;
    return {};
}

}  // namespace file
