#include "pickup/drop_folder.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <memory>

#include "drop/outbox.h"

namespace pickup {
namespace {

constexpr std::int64_t stale_after = 36 * 3600;  // seconds
constexpr int most_of_one_name = 100;            // in refused/; sendmail never makes the same name twice
constexpr const char* refused = "refused";

struct CloseDirectory {
    void operator()(DIR* directory) const { ::closedir(directory); }
};
using OpenDirectory = std::unique_ptr<DIR, CloseDirectory>;

OpenDirectory open_directory(int at, const char* name) {
    file::Descriptor descriptor(::openat(at, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!descriptor) return nullptr;
    OpenDirectory directory(::fdopendir(descriptor.get()));
    if (directory) static_cast<void>(descriptor.release());
    return directory;
}

}  // namespace

file::Descriptor DropFolder::watch(const std::string& path) {
    file::Descriptor watch(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
    if (!watch || ::inotify_add_watch(watch.get(), path.c_str(), IN_MOVED_TO | IN_ONLYDIR) < 0) return {};
    return watch;
}

void for_each_name(std::string_view events, const std::function<void(std::string name)>& visit) {
    while (events.size() >= sizeof(inotify_event)) {
        inotify_event event;
        std::memcpy(&event, events.data(), sizeof event);
        events.remove_prefix(sizeof event);
        if (event.len > events.size()) return;
        const auto padded = events.substr(0, event.len);
        const auto name = padded.substr(0, padded.find('\0'));
        if (drop::is_finished(name)) visit(std::string(name));
        events.remove_prefix(event.len);
    }
}

void DropFolder::scan(std::int64_t now_seconds, const std::function<bool(const std::string&)>& visit) {
    const auto directory = open_directory(directory_.get(), ".");
    if (!directory) return;
    while (const dirent* entry = ::readdir(directory.get())) {
        const std::string name = entry->d_name;
        if (name == "." || name == ".." || name == refused) continue;
        if (!drop::is_finished(name)) {
            remove_if_stale(name, now_seconds);
        } else if (!visit(name)) {
            return;
        }
    }
}

void DropFolder::remove_if_stale(const std::string& name, std::int64_t now_seconds) {
    struct stat status;
    if (::fstatat(directory_.get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) return;
    if (now_seconds - status.st_mtime >= stale_after) remove(name);
}

bool DropFolder::remove(const std::string& name) {
    if (::unlinkat(directory_.get(), name.c_str(), 0) == 0 || errno == ENOENT) return true;
    if (errno != EISDIR) return false;
    return ::unlinkat(directory_.get(), name.c_str(), AT_REMOVEDIR) == 0;  // not if somebody filled it
}

std::optional<std::string> DropFolder::set_aside(const std::string& name) {
    ::mkdirat(directory_.get(), refused, 0700);
    auto target = std::string(refused) + '/' + name;
    for (int copy = 2; copy <= most_of_one_name; ++copy) {
        if (::renameat2(directory_.get(), name.c_str(), directory_.get(), target.c_str(), RENAME_NOREPLACE) == 0)
            return target;
        if (errno != EEXIST) return std::nullopt;
        target = std::string(refused) + '/' + name + '.' + std::to_string(copy);
    }
    return std::nullopt;
}

void DropFolder::sync() { ::fsync(directory_.get()); }

}  // namespace pickup
