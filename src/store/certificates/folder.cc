#include "certificates/folder.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "lang/try.h"

namespace certificates {
namespace {

constexpr std::size_t longest_file = 1024 * 1024;
constexpr std::array names{"certificate.pem", "key.pem", "source"};

std::unexpected<std::string> failure(std::string_view deed, std::string_view path) {
    return std::unexpected(fmt::format("cannot {} {}: {}", deed, path, std::strerror(errno)));
}

bool write_all(int file, std::string_view octets) {
    while (!octets.empty()) {
        const ssize_t written = ::write(file, octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        octets.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

}  // namespace

Result<std::optional<std::string>> Folder::read(const std::string& path) const {
    const file::Descriptor opened(
        ::openat(directory_.get(), path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    if (!opened && errno == ENOENT) return std::nullopt;
    if (!opened) return failure("open", path);
    std::string content;
    std::array<char, 16 * 1024> piece;
    for (ssize_t got; (got = ::read(opened.get(), piece.data(), piece.size())) != 0;) {
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failure("read", path);
        content.append(piece.data(), static_cast<std::size_t>(got));
        if (content.size() > longest_file) return std::unexpected(fmt::format("{} is too long", path));
    }
    return content;
}

Result<void> Folder::write(const std::string& path, const std::string& content) const {
    const file::Descriptor opened(
        ::openat(directory_.get(), path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600));
    if (!opened) return failure("create", path);
    if (!write_all(opened.get(), content)) return failure("write", path);
    if (::fsync(opened.get()) != 0) return failure("sync", path);
    return {};
}

Result<void> Folder::sync(const std::string& directory) const {
    const file::Descriptor opened(::openat(directory_.get(), directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!opened || ::fsync(opened.get()) != 0) return failure("sync", directory);
    return {};
}

Result<std::optional<std::string>> Folder::account_key() const { return read("account.pem"); }

Result<void> Folder::keep_account_key(const std::string& pem) const {
    constexpr const char* unfinished = "account.new";
    ::unlinkat(directory_.get(), unfinished, 0);
    TRY(write(unfinished, pem));
    if (::renameat(directory_.get(), unfinished, directory_.get(), "account.pem") != 0)
        return failure("rename", unfinished);
    return sync(".");
}

Result<std::optional<Pair>> Folder::live() const {
    auto certificate = TRY(read(certificate_file));
    if (!certificate) return std::nullopt;
    return Pair{.certificate = *std::move(certificate), .key = "", .source = TRY(read("live/source")).value_or("")};
}

/// Empty, whatever a crash left there.
Result<void> Folder::make_spare() const {
    for (const char* name : names)
        if (::unlinkat(directory_.get(), fmt::format("spare/{}", name).c_str(), 0) != 0 && errno != ENOENT)
            return failure("remove", fmt::format("spare/{}", name));
    if (::mkdirat(directory_.get(), "spare", 0700) != 0 && errno != EEXIST) return failure("make", "spare");
    return {};
}

Result<void> Folder::change_places() const {
    const int directory = directory_.get();
    if (::renameat2(directory, "spare", directory, "live", RENAME_NOREPLACE) == 0) return {};  // the first
    if (errno != EEXIST && errno != EINVAL) return failure("rename", "spare");
    if (::renameat2(directory, "spare", directory, "live", RENAME_EXCHANGE) == 0) return {};
    return failure("exchange", "spare and live");
}

Result<void> Folder::replace(const Pair& pair) const {
    TRY(make_spare());
    TRY(write("spare/certificate.pem", pair.certificate));
    TRY(write("spare/key.pem", pair.key));
    TRY(write("spare/source", pair.source));
    TRY(sync("spare"));
    TRY(change_places());
    return sync(".");
}

}  // namespace certificates
