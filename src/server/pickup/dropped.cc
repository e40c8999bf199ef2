#include "pickup/dropped.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace pickup {
namespace {

constexpr std::size_t first_piece = 16 * 1024;
constexpr std::uint64_t largest_trace = 64 * 1024;  // Received and Delivered-To fields, of many hops

std::unexpected<NotTaken> not_taken(NotTaken::Because because, std::string reason) {
    return std::unexpected(NotTaken{because, std::move(reason)});
}

std::optional<std::string> read_front(int file, std::size_t length) {
    std::string front(length, '\0');
    std::size_t have = 0;
    while (have < length) {
        const auto got = ::pread(file, front.data() + have, length - have, static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    front.resize(have);
    return front;
}

/// The envelope is mostly short; only for long ones the file is read on.
std::expected<drop::Head, NotTaken> read_head(int file, std::string_view domain) {
    for (std::size_t length = first_piece;; length *= 8) {
        const auto front = read_front(file, length);
        if (!front) return not_taken(NotTaken::Because::Later, std::strerror(errno));
        auto head = drop::parse_head(*front, domain);
        if (head) return *std::move(head);
        const auto& error = head.error();
        const bool reads_on = error.code == drop::Error::Code::Incomplete && front->size() == length;
        if (!reads_on)
            return not_taken(NotTaken::Because::Refused,
                             fmt::format("line {}: {} {}", error.line, drop::describe(error.code), error.text));
    }
}

}  // namespace

std::optional<std::uint32_t> owner_of(int directory, const std::string& name) {
    struct stat status;
    if (::fstatat(directory, name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return std::nullopt;
    return status.st_uid;
}

std::expected<Dropped, NotTaken> open_dropped(int directory, const std::string& name, std::uint64_t most_octets,
                                              std::string_view domain) {
    using enum NotTaken::Because;
    // Not blocking: it may be a pipe.
    file::Descriptor file(::openat(directory, name.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) {
        const int error = errno;
        const auto because = error == ENOENT                     ? Gone
                             : error == ELOOP || error == ENXIO  ? Strange  // a link; a socket
                             : error == EACCES || error == EPERM ? Refused
                                                                 : Later;
        return not_taken(because, std::strerror(error));
    }
    struct stat status;
    if (::fstat(file.get(), &status) != 0) return not_taken(Later, std::strerror(errno));
    if (!S_ISREG(status.st_mode)) return not_taken(Strange, "not a regular file");
    // A second name elsewhere: somebody else's file, linked here to be sent in their name.
    if (status.st_nlink != 1) return not_taken(Strange, "has another name elsewhere");
    const auto size = static_cast<std::uint64_t>(status.st_size);
    if (size > most_octets + largest_trace + drop::longest_head)
        return not_taken(Refused, "larger than limits.message_size");

    auto head = read_head(file.get(), domain);
    if (!head) return std::unexpected(std::move(head.error()));
    // Forwards have been taken in once, and have a field more now.
    const auto most = most_octets + (head->envelope.is_passed_on() ? largest_trace : 0);
    if (size - head->size > most) return not_taken(Refused, "larger than limits.message_size");
    return Dropped{std::move(file), status.st_uid, size, status.st_mtime, *std::move(head)};
}

}  // namespace pickup
