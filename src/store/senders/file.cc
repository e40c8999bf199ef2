#include "senders/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "file/descriptor.h"
#include "lang/try.h"

namespace senders {
namespace {

constexpr const char* draft_name = "senders.new";
constexpr const char* lock_name = "senders.lock";
constexpr std::size_t longest_file = List::most * 400;

std::unexpected<std::string> failure(std::string_view deed, std::string_view name) {
    return std::unexpected(fmt::format("cannot {} {}: {}", deed, name, std::strerror(errno)));
}

std::expected<std::string, std::string> content_of(int file) {
    std::string text;
    char piece[64 * 1024];
    for (;;) {
        const auto got = ::read(file, piece, sizeof piece);
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure("read", file_name);
        if (got == 0) return text;
        text.append(piece, static_cast<std::size_t>(got));
        if (text.size() > longest_file) return std::unexpected(fmt::format("{} is too long", file_name));
    }
}

std::expected<void, std::string> write_all(int file, std::string_view text) {
    while (!text.empty()) {
        const auto put = ::write(file, text.data(), text.size());
        if (put < 0 && errno == EINTR) continue;
        if (put <= 0) return failure("write", draft_name);
        text.remove_prefix(static_cast<std::size_t>(put));
    }
    if (::fsync(file) != 0) return failure("sync", draft_name);
    return {};
}

std::expected<void, std::string> write(int directory, const List& list) {
    const file::Descriptor draft(
        ::openat(directory, draft_name, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!draft) return failure("write", draft_name);
    TRY(write_all(draft.get(), list.to_text()));
    if (::renameat(directory, draft_name, directory, file_name) != 0) return failure("replace", file_name);
    if (::fsync(directory) != 0) return failure("sync the folder of", file_name);
    return {};
}

}  // namespace

std::expected<List, std::string> read(int directory) {
    const file::Descriptor file(::openat(directory, file_name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file && errno == ENOENT) return List();
    if (!file) return failure("open", file_name);
    auto list = List::parse(TRY(content_of(file.get())));
    if (!list) return std::unexpected(fmt::format("{}: {}", file_name, list.error()));
    return list;
}

std::expected<void, std::string> change(int directory,
                                        const std::function<std::expected<void, std::string>(List&)>& change) {
    const file::Descriptor lock(::openat(directory, lock_name, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (!lock || ::flock(lock.get(), LOCK_EX) != 0) return failure("lock", file_name);
    auto list = TRY(read(directory));
    TRY(change(list));
    if (list.entries().size() > List::most) return std::unexpected("there are too many entries");
    return write(directory, list);
}

}  // namespace senders
