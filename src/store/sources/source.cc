#include "sources/source.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <ldap.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "file/descriptor.h"
#include "lang/try.h"
#include "sources/ldap.h"
#include "sources/postgres.h"

namespace sources {
namespace {

std::expected<file::Descriptor, std::string> open_password_file(const std::string& path) {
    file::Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
    struct stat status{};
    if (!file || ::fstat(file.get(), &status) != 0)
        return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
    if (!S_ISREG(status.st_mode)) return std::unexpected(path + " is no file");
    if (status.st_mode & (S_IRWXG | S_IRWXO)) return std::unexpected(path + " is not its owner's alone: chmod 0600");
    if (status.st_size == 0) return std::unexpected(path + " is empty");
    return file;
}

}  // namespace

std::unique_ptr<Source> open(const Terms& terms, const clocks::Clock& clock) {
    if (terms.settings.kind == site::SourceKind::Ldap) return std::make_unique<Ldap>(terms, clock);
    return std::make_unique<Postgres>(terms, clock);
}

std::string password_file_flaw(const std::string& path) {
    const auto file = open_password_file(path);
    return file ? "" : file.error();
}

std::expected<std::string, std::string> read_password(const site::AccountSource& settings) {
    const auto& path = settings.password_file;
    if (path.empty()) return std::string();
    const auto file = TRY(open_password_file(path));
    char text[1024];
    const auto length = ::read(file.get(), text, sizeof text);
    if (length < 0) return std::unexpected(fmt::format("{}: {}", path, std::strerror(errno)));
    const std::string_view read(text, static_cast<std::size_t>(length));
    auto line = std::string(read.substr(0, read.find_first_of("\r\n")));
    if (line.empty()) return std::unexpected(path + " has no password in its first line");
    return line;
}

void prepare_libraries() {
    // Neither ldap.conf nor ~/.ldaprc: what is set for other programs here is not meant for us.
    ::setenv("LDAPNOINIT", "1", 1);
    LDAP* made = nullptr;
    if (::ldap_initialize(&made, "ldap://127.0.0.1") == LDAP_SUCCESS) ::ldap_unbind_ext(made, nullptr, nullptr);
}

}  // namespace sources
