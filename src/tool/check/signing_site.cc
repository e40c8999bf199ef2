#include "check/signing_site.h"

#include <fmt/format.h>
#include <sys/stat.h>

#include <cerrno>
#include <cstring>

#include "config/load.h"
#include "file/posix_disk.h"
#include "lang/try.h"

namespace check {
namespace {

struct Config : site::Host {
    site::Dkim dkim;
};
inline auto settings(const Config*) {
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{config::setting("dkim", &Config::dkim, site::dkim_meaning)});
}

/// Those above are open to pass through, as the server makes them; keys are their owner's alone.
std::expected<void, std::string> make_path(const std::string& path, const std::string& data_directory) {
    const bool is_private = path.size() > data_directory.size();
    if (::mkdir(path.c_str(), is_private ? 0700 : 0755) == 0 || errno == EEXIST) return {};
    if (errno == ENOENT && path.rfind('/') != 0) {
        TRY(make_path(path.substr(0, path.rfind('/')), data_directory));
        if (::mkdir(path.c_str(), is_private ? 0700 : 0755) == 0 || errno == EEXIST) return {};
    }
    return std::unexpected(fmt::format("cannot make {}: {}", path, std::strerror(errno)));
}

}  // namespace

signing_keys::Terms SigningSite::terms() const {
    return {.wait = std::chrono::seconds(dkim.wait).count(),
            .keep = std::chrono::seconds(dkim.keep).count(),
            .rotate = std::chrono::seconds(dkim.rotate).count()};
}

std::expected<SigningSite, std::string> signing_site_in(const config::Document& document) {
    auto read = config::read<Config>(document);
    if (!read) return std::unexpected(config::to_text(read.error().front()));
    return SigningSite{read->hostname, read->dkim, site::dkim_folder(*read)};
}

std::expected<SigningSite, std::string> signing_site(const std::string& configuration) {
    const auto document = config::parse_file(configuration);
    if (!document) return std::unexpected(config::to_text(document.error().front()));
    return signing_site_in(*document);
}

std::expected<signing_keys::Folder, std::string> make_key_folder(const SigningSite& site) {
    const auto data_directory = site.folder.substr(0, site.folder.rfind("/keys/"));
    TRY(make_path(site.folder, data_directory));
    auto disk = file::PosixDisk::open(site.folder);
    if (!disk) return std::unexpected(to_text(disk.error()));
    return signing_keys::Folder(*std::move(disk));
}

std::expected<std::optional<signing_keys::Folder>, std::string> open_key_folder(const SigningSite& site) {
    auto disk = file::PosixDisk::open(site.folder);
    if (!disk && disk.error().is_absent()) return std::nullopt;
    if (!disk) return std::unexpected(to_text(disk.error()));
    return signing_keys::Folder(*std::move(disk));
}

}  // namespace check
