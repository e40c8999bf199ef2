#include "master/places.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <string_view>

#include "lang/try.h"
#include "master/make_plan.h"

namespace master {

namespace {

using process::Role;
using Result = std::expected<void, std::string>;

/// "control_socket: cannot make the directory /run/hermod: Permission denied".
std::unexpected<std::string> failure(std::string_view setting, std::string_view deed, const std::string& path) {
    return std::unexpected(fmt::format("{}: cannot {} {}: {}", setting, deed, path, std::strerror(errno)));
}

std::string parent_of(const std::string& path) { return path.substr(0, std::max<std::size_t>(path.rfind('/'), 1)); }

/// With those above it, which belong to root and are open to pass through.
Result make_path(std::string_view setting, const std::string& path) {
    constexpr std::string_view deed = "make the directory";
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    if (errno != ENOENT || path.size() <= 1) return failure(setting, deed, path);
    TRY(make_path(setting, parent_of(path)));
    if (::mkdir(path.c_str(), 0755) == 0 || errno == EEXIST) return {};
    return failure(setting, deed, path);
}

// Hostile: what is there already may be another user's link; it is opened without following, then changed through the
// descriptor.
Result make_place(std::string_view setting, const std::string& path, mode_t mode, std::optional<Identity> owner) {
    TRY(make_path(setting, path));
    const file::Descriptor opened(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!opened) return failure(setting, "use the directory", path);
    if (owner && ::fchown(opened.get(), owner->uid, owner->gid) != 0) return failure(setting, "give away", path);
    if (::fchmod(opened.get(), mode) != 0) return failure(setting, "set the mode of", path);
    return {};
}

std::string empty_directory(const Plan& plan) { return plan.data_directory + "/empty"; }

file::Descriptor open_directory(const std::string& path) {
    return file::Descriptor(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
}

}  // namespace

Result make_directory_folder(const Plan& plan, bool privileged) {
    const auto owner = privileged ? std::optional(plan.identity(Role::Directory)) : std::nullopt;
    return make_place("data_directory", plan.directory_folder, 0700, owner);
}

Result make_policy_folder(const Plan& plan, bool privileged) {
    const auto owner = privileged ? std::optional(plan.identity(Role::Policyd)) : std::nullopt;
    return make_place("data_directory", plan.policy_folder, 0700, owner);
}

Result make_lists_folder(const Plan& plan, bool privileged) {
    return make_place("data_directory", plan.lists_folder, 0711, privileged ? std::optional(plan.lists) : std::nullopt);
}

Result make_acme_folder(const Plan& plan, bool privileged) {
    if (plan.acme_folder.empty()) return {};
    const auto owner = privileged ? std::optional(plan.identity(Role::Acmed)) : std::nullopt;
    return make_place("data_directory", plan.acme_folder, 0700, owner);
}

Result make_places(const Plan& plan, bool privileged) {
    const auto owned_by = [&](Identity owner) { return privileged ? std::optional(owner) : std::nullopt; };
    constexpr Identity root{0, 0};
    constexpr std::string_view data = "data_directory";
    TRY(make_place(data, plan.data_directory, 0755, owned_by(root)));
    TRY(make_place(data, empty_directory(plan), 0555, owned_by(root)));
    TRY(make_place(data, plan.queue_directory, 0700, owned_by(plan.identity(Role::Qmgr))));
    TRY(make_directory_folder(plan, privileged));
    TRY(make_lists_folder(plan, privileged));
    TRY(make_policy_folder(plan, privileged));
    TRY(make_acme_folder(plan, privileged));
    // Anybody may leave a message, nobody may list or take away those of others.
    TRY(make_place("drop_directory", plan.drop_directory, 01733, owned_by(plan.identity(Role::Pickup))));
    TRY(make_place("mail_directory", plan.mail_directory, 0711, owned_by(plan.mail)));
    TRY(make_path("control_socket", parent_of(plan.control_socket)));
    if (!plan.log.path.empty()) TRY(make_path("log.file", parent_of(plan.log.path)));
    if (!plan.events.path.empty()) TRY(make_path("log.events", parent_of(plan.events.path)));
    return {};
}

Result make_srs_secret(const Plan& plan) {
    const auto& path = plan.srs_secret_file;
    if (::access(path.c_str(), F_OK) == 0) return {};
    std::array<unsigned char, 32> octets;
    std::string text;
    if (::getrandom(octets.data(), octets.size(), 0) != octets.size()) return failure("srs", "make", path);
    for (const auto octet : octets) text += fmt::format("{:02x}", octet);
    text += '\n';
    // Whole or not at all: a half one would sign what nobody can verify after the next start.
    const auto fresh = path + ".new";
    const file::Descriptor opened(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600));
    const bool is_written = opened && ::write(opened.get(), text.data(), text.size()) == std::ssize(text) &&
                            ::fsync(opened.get()) == 0 && ::rename(fresh.c_str(), path.c_str()) == 0;
    if (!is_written) return failure("srs", "write", path);
    const auto folder = open_directory(parent_of(path));
    if (!folder || ::fsync(folder.get()) != 0) return failure("srs", "write", path);
    return {};
}

std::expected<file::Descriptor, std::string> lock(const Plan& plan) {
    const std::string path = plan.data_directory + "/master.pid";
    file::Descriptor opened(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0644));
    if (!opened) return failure("data_directory", "write", path);
    if (::flock(opened.get(), LOCK_EX | LOCK_NB) != 0) {
        char holder[32]{};
        const bool is_known = ::pread(opened.get(), holder, sizeof holder - 1, 0) > 0;
        return std::unexpected(fmt::format("another server runs on {}{}{}; give this one a data_directory of its own",
                                           plan.data_directory, is_known ? ", pid " : "",
                                           std::string_view(holder).substr(0, std::string_view(holder).find('\n'))));
    }
    const std::string pid = fmt::format("{}\n", ::getpid());
    if (::ftruncate(opened.get(), 0) != 0 || ::pwrite(opened.get(), pid.data(), pid.size(), 0) < 0)
        return failure("data_directory", "write", path);
    return opened;
}

std::vector<process::Directory> directories_for(Role role, const Plan& plan) {
    using Purpose = process::Directory::Purpose;
    std::vector<process::Directory> given;
    switch (role) {
        case Role::Qmgr: given.push_back({Purpose::Spool, open_directory(plan.queue_directory)}); break;
        case Role::Pickup: given.push_back({Purpose::Drop, open_directory(plan.drop_directory)}); break;
        case Role::Deliver:
        case Role::Reader: given.push_back({Purpose::Mail, open_directory(plan.mail_directory)}); break;
        case Role::Policyd: given.push_back({Purpose::State, open_directory(plan.policy_folder)}); break;
        case Role::Acmed: given.push_back({Purpose::State, open_directory(plan.acme_folder)}); break;
        case Role::Relay:
        case Role::Smtpd:
        case Role::Keyd:
        case Role::Pop3d:
        case Role::Httpd:
        case Role::Tokend:
        case Role::Admind: given.push_back({Purpose::Root, open_directory(empty_directory(plan))}); break;
        case Role::Directory:
        case Role::Runner:
        case Role::Authd:
        case Role::Master: break;
    }
    return given;
}

}  // namespace master
