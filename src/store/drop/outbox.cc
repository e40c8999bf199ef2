#include "drop/outbox.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "lang/verify.h"

namespace drop {

bool is_finished(std::string_view name) { return !name.empty() && name.front() != '.'; }

std::unexpected<file::Error> Outbox::failed(std::string_view call) const {
    return std::unexpected(file::Error{errno, call, directory_path_});
}

std::expected<Outbox, file::Error> Outbox::open(const std::string& directory) {
    // O_PATH: users may enter the directory but not read it.
    file::Descriptor opened(::open(directory.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
    if (!opened) return std::unexpected(file::Error{errno, "open", directory});
    std::uint64_t random[2];
    VERIFY(::getrandom(random, sizeof random, 0) == sizeof random);
    auto name = fmt::format("{}.{:016x}{:016x}", std::time(nullptr), random[0], random[1]);
    file::Descriptor file(
        ::openat(opened.get(), ("." + name).c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!file) return std::unexpected(file::Error{errno, "create", directory});
    Outbox outbox(directory, std::move(opened), std::move(file), std::move(name));
    if (::fchmod(outbox.file_.get(), 0644) != 0) return outbox.failed("chmod");  // whatever the umask says
    return outbox;
}

Outbox::~Outbox() {
    if (file_) ::unlinkat(directory_.get(), ("." + name_).c_str(), 0);
}

std::expected<void, file::Error> Outbox::write(std::string_view octets) {
    while (!octets.empty()) {
        const auto written = ::write(file_.get(), octets.data(), octets.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return failed("write");
        octets.remove_prefix(static_cast<std::size_t>(written));
        size_ += static_cast<std::uint64_t>(written);
    }
    return {};
}

std::expected<void, file::Error> Outbox::commit() {
    if (::fsync(file_.get()) != 0) return failed("fsync");
    const auto temporary = "." + name_;
    if (::renameat(directory_.get(), temporary.c_str(), directory_.get(), name_.c_str()) != 0) return failed("rename");
    // Only who may read the directory can sync it. Journalling filesystems commit the new name with the file, as the
    // rename has changed that too.
    file::Descriptor file = std::move(file_);
    file::Descriptor readable(::openat(directory_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (::fsync(readable ? readable.get() : file.get()) == 0) return {};
    auto failure = failed("fsync");
    ::unlinkat(directory_.get(), name_.c_str(),
               0);  // who hears of a failure tries again: one of the two must not go out
    return failure;
}

}  // namespace drop
