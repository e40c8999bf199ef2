#include "policyd/sender_list.h"

#include <fcntl.h>
#include <fmt/format.h>

#include <utility>

#include "senders/file.h"

namespace policyd {

std::shared_ptr<const senders::List> SenderList::current() {
    struct stat status{};
    Mark found;
    if (::fstatat(directory_.get(), senders::file_name, &status, AT_SYMLINK_NOFOLLOW) == 0)
        found = {.inode = status.st_ino, .size = status.st_size, .changed = status.st_mtim};
    const bool is_same = found.inode == known_.inode && found.size == known_.size &&
                         found.changed.tv_sec == known_.changed.tv_sec &&
                         found.changed.tv_nsec == known_.changed.tv_nsec;
    if (is_same) return list_;
    known_ = found;
    if (auto list = senders::read(directory_.get()))
        list_ = std::make_shared<const senders::List>(*std::move(list));
    else
        log_.event(logs::Event::Alert,
                   {{"reason", fmt::format("the list of senders is as it was before: {}", list.error())}});
    return list_;
}

}  // namespace policyd
