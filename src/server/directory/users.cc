#include "directory/users.h"

#include <pwd.h>

#include <cerrno>
#include <vector>

namespace directory {
namespace {

constexpr std::chrono::seconds kept_for{5};
constexpr std::size_t most_kept = 10'000;
constexpr std::size_t longest_entry = 64 * 1024;

Users::Answer ask_name_service(const std::string& name) {
    std::vector<char> strings(longest_entry);
    passwd entry{};
    passwd* found = nullptr;
    const int error = ::getpwnam_r(name.c_str(), &entry, strings.data(), strings.size(), &found);
    if (found) return User{entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir};
    // In the wild: name services report "not found" in several ways; getpwnam(3) lists these.
    if (error == 0 || error == ENOENT || error == ESRCH || error == EBADF || error == EPERM) return std::nullopt;
    return std::unexpected(Unavailable{});
}

}  // namespace

Users::Answer SystemUsers::find(const std::string& name) {
    const clocks::Steady now = clock_.steady();
    if (const auto kept = known_.find(name); kept != known_.end() && kept->second.until > now) return kept->second.user;
    Answer answer = ask_name_service(name);
    if (!answer) return answer;
    if (known_.size() >= most_kept) known_.clear();
    known_.insert_or_assign(name, Kept{*answer, now + kept_for});
    return answer;
}

}  // namespace directory
