#include "import/read_qmail.h"

#include <optional>
#include <utility>

#include "import/folder.h"
#include "lang/try.h"

namespace import {
namespace {

bool is_file_of_aliases(const std::string& name) {
    return name == ".qmail" || (name.starts_with(".qmail-") && !name.ends_with('~'));
}

void read_control(const Folder& folder, QmailSite& site, Report& report) {
    // Of certificates and compiled tables it matters only that they are there.
    const auto is_wanted = [](const std::string& name) { return !name.starts_with('.'); };
    for (auto& [name, file, is_executable] : folder.read_all(is_wanted, report)) {
        if (name.ends_with(".pem") || name.ends_with(".cdb")) file.text = "-";
        site.control.emplace(name, std::move(file));
    }
}

void read_aliases(const Folder& home, QmailSite& site, Report& report) {
    for (auto& [name, file, is_executable] : home.read_all(is_file_of_aliases, report)) {
        const auto extension = extension_of(name);
        const auto path = file.path;
        if (!site.aliases.try_emplace(extension, AliasFile{std::move(file), is_executable}).second)
            report.add({path}, "is the same name as another file's, but for upper and lower case; it is left out");
    }
}

/// A file that the administrator named, or one that lies where it usually does.
std::expected<std::optional<File>, std::string> named_or(const std::string& path, const Folder& folder,
                                                         const std::string& usual) {
    if (!path.empty()) {
        auto file = read_named(path);
        if (!file) return std::unexpected(path + ": " + file.error());
        return *std::move(file);
    }
    auto file = folder.read(usual);
    if (!file) return std::nullopt;
    return std::move(file->file);
}

}  // namespace

std::expected<QmailSite, std::string> read_qmail(const QmailPlaces& places, Report& report) {
    QmailSite site{.folder = places.folder, .control = {}, .aliases = {}, .assign = {}, .clients = {}, .spamdyke = {}};
    const auto folder = TRY(Folder::open(places.folder));
    const auto below = folder.below("control");
    const Folder& control = below ? *below : folder;
    if (!control.read("me")) return std::unexpected("there is no control/me: this is no qmail");
    read_control(control, site, report);
    if (const auto home = folder.below("alias"))
        read_aliases(*home, site, report);
    else
        report.add({places.folder}, "there is no alias directory in it: the aliases are left out");
    site.clients = TRY(named_or(places.clients, control, "tcp.smtp"));
    if (!site.clients) site.clients = TRY(named_or({}, folder, "tcp.smtp"));
    site.spamdyke = TRY(named_or(places.spamdyke, control, "spamdyke.conf"));
    const auto users = places.users.empty() ? folder.below("users") : Folder::open(places.users);
    if (!users && !places.users.empty()) return std::unexpected(places.users + ": " + users.error());
    if (users) site.assign = TRY(named_or({}, *users, "assign"));
    return site;
}

}  // namespace import
