#include "mailbox/locks.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <signal.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <optional>
#include <thread>

#include "lang/try.h"

namespace mailbox {
namespace {

constexpr std::chrono::milliseconds between_tries{100};

std::unexpected<Failure> locked(const std::string& path, std::string_view call) {
    return std::unexpected(Failure(Failure::Code::Locked, file::Error{EAGAIN, call, path}));
}

/// Tries until it works, fails for good, or time is up. `attempt` returns nothing for "held by another".
template <typename Attempt>
std::optional<file::Result<void>> try_for(std::chrono::milliseconds patience, Attempt attempt) {
    for (std::chrono::milliseconds waited{0};; waited += between_tries) {
        if (auto result = attempt()) return result;
        if (waited >= patience) return std::nullopt;
        std::this_thread::sleep_for(between_tries);
    }
}

/// The process that made a dotlock wrote its number into it; if it is gone, the lock means nothing.
/// In the wild: locks made over NFS carry numbers of another machine, and most are empty. Those are left alone.
bool is_orphan(file::Disk& disk, const std::string& dotlock) {
    auto file = disk.open(dotlock, file::Mode::Read);
    if (!file) return false;
    const auto text = (*file)->read_at(0, 32);
    pid_t owner = 0;
    if (!text || std::from_chars(text->data(), text->data() + text->size(), owner).ec != std::errc() || owner <= 1)
        return false;
    return ::kill(owner, 0) < 0 && errno == ESRCH;
}

/// Another program may find the same lock orphaned, and replace it by its own before we remove it. So what is removed
/// is looked at again under a name that nobody else uses; a lock that is held goes back, unless somebody took its
/// place.
void remove_orphan(file::Disk& disk, const std::string& dotlock) {
    const auto aside = fmt::format("{}.{}", dotlock, ::getpid());
    if (!disk.rename(dotlock, aside)) return;
    if (!is_orphan(disk, aside)) static_cast<void>(disk.link(aside, dotlock));
    static_cast<void>(disk.unlink(aside));
}

std::optional<file::Result<void>> make_dotlock(file::Disk& disk, const std::string& dotlock) {
    auto made = disk.open(dotlock, file::Mode::CreateNew);
    if (made) return (*made)->write_at(0, fmt::format("{}\n", ::getpid()));
    if (!made.error().exists()) return std::unexpected(made.error());
    if (is_orphan(disk, dotlock)) remove_orphan(disk, dotlock);
    return std::nullopt;
}

std::optional<file::Result<void>> lock_record(int descriptor) {
    struct flock whole{};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    if (::fcntl(descriptor, F_OFD_SETLK, &whole) == 0) return file::Result<void>();
    if (errno == EAGAIN || errno == EACCES || errno == EINTR) return std::nullopt;
    return std::unexpected(file::Error{errno, "fcntl", "mailbox"});
}

std::optional<file::Result<void>> lock_file(int descriptor) {
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0) return file::Result<void>();
    if (errno == EWOULDBLOCK || errno == EINTR) return std::nullopt;
    return std::unexpected(file::Error{errno, "flock", "mailbox"});
}

}  // namespace

std::expected<std::unique_ptr<Locked>, Failure> Locked::take(file::Disk& disk, const std::string& path,
                                                             file::OpenFile& file, const Locks& locks) {
    std::unique_ptr<Locked> held(new Locked(disk));
    if (locks.dot) {
        const auto dotlock = path + ".lock";
        const auto result = try_for(locks.patience, [&] { return make_dotlock(disk, dotlock); });
        if (!result) return locked(path, "dotlock");
        TRY(*result);
        held->dotlock_ = dotlock;
    }
    held->descriptor_ = TRY(file.duplicate());
    if (!held->descriptor_) return held;  // a simulated disk: nobody else is there
    if (locks.fcntl) {
        const auto result = try_for(locks.patience, [&] { return lock_record(held->descriptor_.get()); });
        if (!result) return locked(path, "fcntl");
        TRY(*result);
    }
    if (locks.flock) {
        const auto result = try_for(locks.patience, [&] { return lock_file(held->descriptor_.get()); });
        if (!result) return locked(path, "flock");
        TRY(*result);
    }
    return held;
}

Locked::~Locked() {
    if (descriptor_) {
        // Its open file is shared with the one that writes, which lives on: so give up the locks by name.
        struct flock whole{};
        whole.l_type = F_UNLCK;
        ::fcntl(descriptor_.get(), F_OFD_SETLK, &whole);
        ::flock(descriptor_.get(), LOCK_UN);
    }
    if (!dotlock_.empty()) static_cast<void>(disk_.unlink(dotlock_));
}

}  // namespace mailbox
