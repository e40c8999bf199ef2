#include "listbook/names.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "file/descriptor.h"
#include "lang/try.h"
#include "lists/address.h"
#include "text/ascii.h"

namespace listbook {
namespace {

constexpr off_t largest = 64 * 1024 * 1024;

std::unexpected<file::Error> failed(std::string_view call, const std::string& path, int error = errno) {
    return std::unexpected(file::Error{error, call, path});
}

}  // namespace

std::string names_file(const std::string& folder) { return folder + "/names"; }
std::string database_file(const std::string& folder) { return folder + "/lists.db"; }

file::Result<void> write_names(const std::string& folder, const std::vector<std::string>& addresses) {
    const auto path = names_file(folder);
    const auto fresh = path + ".new";
    const file::Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0644));
    if (!file) return failed("create", fresh);
    std::string text;
    for (const auto& address : addresses) text += address + "\n";
    for (std::string_view rest = text; !rest.empty();) {
        const auto done = ::write(file.get(), rest.data(), rest.size());
        if (done < 0 && errno == EINTR) continue;
        if (done < 0) return failed("write", fresh);
        rest.remove_prefix(static_cast<std::size_t>(done));
    }
    if (::fchmod(file.get(), 0644) != 0) return failed("chmod", fresh);  // whatever the umask says
    if (::fsync(file.get()) != 0) return failed("fsync", fresh);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return failed("rename", fresh);
    return {};
}

std::expected<bool, accounts::Error> Names::has(std::string_view local_part, std::string_view domain) {
    using accounts::Error;
    if (const auto done = refresh(); !done)
        return std::unexpected(Error{Error::Code::Forbidden, file::to_text(done.error())});
    const auto has_list = [&](std::string_view name) {
        return names_.contains(std::string(name).append("@").append(domain));
    };
    if (names_.empty()) return false;
    if (has_list(local_part)) return true;
    const auto beside = lists::parse_address(local_part);
    return beside && has_list(beside->list);
}

file::Result<void> Names::refresh() {
    struct stat status;
    if (::lstat(path_.c_str(), &status) != 0) {
        if (errno != ENOENT) return failed("stat", path_);
        names_.clear();
        file_ = 0;
        return {};
    }
    const bool is_the_same = file_ == status.st_ino && changed_.tv_sec == status.st_mtim.tv_sec &&
                             changed_.tv_nsec == status.st_mtim.tv_nsec;
    if (!is_the_same) TRY(read());
    return {};
}

file::Result<Names::Owner> Names::owner() const {
    struct stat status;
    if (::stat(folder_.c_str(), &status) != 0) return failed("stat", folder_);
    if (status.st_uid == 0 || status.st_gid == 0) return failed("use", folder_, EPERM);
    return Owner{status.st_uid, status.st_gid};
}

file::Result<void> Names::read() {
    const file::Descriptor file(::open(path_.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!file) return failed("open", path_);
    struct stat status;
    if (::fstat(file.get(), &status) != 0) return failed("stat", path_);
    if (!S_ISREG(status.st_mode) || status.st_size > largest) return failed("use", path_, EINVAL);
    std::string text(static_cast<std::size_t>(status.st_size), '\0');
    for (std::size_t have = 0; have < text.size();) {
        const auto got = ::pread(file.get(), text.data() + have, text.size() - have, static_cast<off_t>(have));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return failed("read", path_);
        if (got == 0) break;
        have += static_cast<std::size_t>(got);
    }
    names_.clear();
    for (std::string_view rest = text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        if (end > 0) names_.insert(text::lower(rest.substr(0, end)));
        rest.remove_prefix(std::min(end + 1, rest.size()));
    }
    changed_ = status.st_mtim;
    file_ = status.st_ino;
    return {};
}

}  // namespace listbook
