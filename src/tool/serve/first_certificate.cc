#include "serve/first_certificate.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstring>

#include "certificates/first.h"
#include "certificates/folder.h"
#include "lang/try.h"

namespace serve {
namespace {

bool become(master::Identity identity) {
    return ::setgroups(0, nullptr) == 0 && ::setresgid(identity.gid, identity.gid, identity.gid) == 0 &&
           ::setresuid(identity.uid, identity.uid, identity.uid) == 0;
}

[[noreturn]] void sign(const master::Plan& plan, file::Descriptor folder, bool privileged) {
    if (privileged && !become(plan.identity(process::Role::Acmed))) ::_exit(1);
    const auto now = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now());
    const auto made = certificates::sign_ourselves(certificates::Folder(std::move(folder)), {plan.hostname}, now);
    if (!made) fmt::print(stderr, "hermod: {}: {}\n", plan.acme_folder, made.error());
    ::_exit(made ? 0 : 1);
}

}  // namespace

std::expected<bool, std::string> make_first_certificate(const master::Plan& plan) {
    const std::string there = plan.acme_folder + '/' + certificates::certificate_file;
    struct stat status;
    if (plan.acme_folder.empty() || ::lstat(there.c_str(), &status) == 0) return false;
    const bool privileged = ::geteuid() == 0;
    TRY(master::make_acme_folder(plan, privileged));
    file::Descriptor folder(::open(plan.acme_folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    if (!folder) return std::unexpected(fmt::format("{}: {}", plan.acme_folder, std::strerror(errno)));
    const pid_t child = ::fork();
    if (child < 0) return std::unexpected(fmt::format("fork: {}", std::strerror(errno)));
    if (child == 0) sign(plan, std::move(folder), privileged);
    int ended = 0;
    while (::waitpid(child, &ended, 0) < 0 && errno == EINTR) {
    }
    if (!WIFEXITED(ended) || WEXITSTATUS(ended) != 0)
        return std::unexpected(fmt::format("cannot make a first certificate in {}", plan.acme_folder));
    return true;
}

}  // namespace serve
