#include "policyd/sender_list.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <utility>

#include "senders/file.h"

namespace policyd {

bool SenderList::Mark::operator==(const Mark& other) const {
    return inode == other.inode && size == other.size && changed.tv_sec == other.changed.tv_sec &&
           changed.tv_nsec == other.changed.tv_nsec;
}

std::shared_ptr<const senders::List> SenderList::current() {
    struct stat status{};
    Mark found;
    if (::fstatat(directory_.get(), senders::file_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        found = {.inode = status.st_ino, .size = status.st_size, .changed = status.st_mtim};
    const auto now = std::chrono::steady_clock::now();
    const bool is_same = known_ && *known_ == found;
    if (is_same && (is_readable_ || now < try_again_)) return list_;
    const bool is_known_trouble = is_same && !is_readable_;
    known_ = found;
    try_again_ = now + between_tries;
    auto list = senders::read(directory_.get());
    is_readable_ = list.has_value();
    if (list) {
        list_ = std::make_shared<const senders::List>(*std::move(list));
    } else if (!is_known_trouble) {
        log_.event(logs::Event::Alert,
                   {{"reason", fmt::format("{}: {}",
                                           list_ ? "the list of senders is as it was before"
                                                 : "there is no list of senders, and mail is not judged",
                                           list.error())}});
    }
    return list_;
}

}  // namespace policyd
