#include "master/file_watch.h"

#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>
#include <utility>

namespace master {
namespace {

constexpr std::uint32_t itself = IN_MOVE_SELF | IN_DELETE_SELF | IN_MASK_ADD;
constexpr std::uint32_t content = itself | IN_CLOSE_WRITE | IN_MODIFY | IN_ATTRIB;
constexpr std::uint32_t entries = itself | IN_ONLYDIR | IN_CREATE | IN_MOVED_TO | IN_MOVED_FROM | IN_DELETE;

/// Where there is nothing, the folder above tells of its coming.
void watch_folder(int events, const std::string& folder) {
    const auto slash = folder.rfind('/');
    const std::string above = slash == 0 ? "/" : folder.substr(0, slash);
    struct stat status;
    const bool is_there = ::lstat(folder.c_str(), &status) == 0;
    if (!is_there || S_ISLNK(status.st_mode)) ::inotify_add_watch(events, above.c_str(), entries);
    if (is_there) ::inotify_add_watch(events, folder.c_str(), itself | IN_ONLYDIR);
}

// What fails here is left to the look once a minute.
void watch(int events, const std::string& path) {
    ::inotify_add_watch(events, path.c_str(), content);
    const auto last = path.rfind('/');
    ::inotify_add_watch(events, last == 0 ? "/" : path.substr(0, last).c_str(), entries);
    for (auto slash = path.find('/', 1); slash != std::string::npos; slash = path.find('/', slash + 1))
        watch_folder(events, path.substr(0, slash));
}

std::uint64_t nanoseconds(const timespec& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000U + static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace

FileWatch::FileWatch(boost::asio::io_context& context, std::function<void()> on_change, Pace pace, Looker looker)
    : context_(context),
      on_change_(std::move(on_change)),
      pace_(pace),
      looker_(std::move(looker)),
      events_(context),
      timer_(context) {}

void FileWatch::use(std::vector<std::string> paths) {
    if (paths == paths_) return;
    paths_ = std::move(paths);
    reported_.clear();
    last_.clear();
    looking_.reset();
    events_.close();
    timer_.cancel();
    if (paths_.empty()) return;
    look_after(pace_.rest);
}

FileWatch::Looks FileWatch::look_at(const std::vector<std::string>& paths) {
    Looks all;
    for (const auto& path : paths) {
        struct stat status{};
        auto& one = all.emplace_back();
        if (::stat(path.c_str(), &status) != 0) continue;
        one = {status.st_dev,
               status.st_ino,
               static_cast<std::uint64_t>(status.st_size),
               status.st_mode,
               status.st_uid,
               nanoseconds(status.st_mtim),
               nanoseconds(status.st_ctim)};
    }
    return all;
}

/// Anew each time, as the paths may lead elsewhere now.
int FileWatch::open() {
    events_.close();
    const int events = ::inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
    if (events >= 0) events_ = boost::asio::posix::stream_descriptor(context_, events);
    return events;
}

void FileWatch::listen() {
    look_after(pace_.unasked);
    if (!events_.is_open()) return;
    events_.async_wait(events_.wait_read, [this](boost::system::error_code error) {
        if (!error) look_after(pace_.rest);
    });
}

void FileWatch::look_after(std::chrono::milliseconds delay) {
    timer_.expires_after(delay);
    timer_.async_wait([this](boost::system::error_code error) {
        if (!error) look();
    });
}

void FileWatch::look() {
    if (looking_) return;
    const auto find_out = [this, events = open()] {
        if (events >= 0)  // first: what happens from now on is told; to us, as the child's descriptor is ours
            for (const auto& path : paths_) watch(events, path);
        const auto now = looker_(paths_);
        return std::string(reinterpret_cast<const char*>(now.data()), now.size() * sizeof now[0]);
    };
    looking_ = std::make_unique<Errand>(context_, find_out,
                                        Errand::Bounds{.time = pace_.longest_look, .octets = paths_.size() * 1000},
                                        [this](const std::string& octets) {
                                            const auto finished = std::move(looking_);
                                            take(octets);
                                        });
}

void FileWatch::take(const std::string& octets) {
    Looks now(paths_.size());
    if (octets.size() != now.size() * sizeof now[0]) return listen();  // it took too long
    std::memcpy(now.data(), octets.data(), octets.size());
    if (now != std::exchange(last_, now)) return look_after(pace_.rest);
    if (now != std::exchange(reported_, now)) on_change_();
    listen();
}

}  // namespace master
