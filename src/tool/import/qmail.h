#pragma once
// qmail's configuration in our terms: qmail-control(5), qmail-users(5), dot-qmail(5), tcprules(1), spamdyke.
// doc: src/tool/import/hermod-import.1.md has the table of what becomes what.

#include <map>
#include <optional>
#include <string>

#include "import/draft.h"
#include "import/lines.h"

namespace import {

/// A file of ~alias: what is done with mail for a name that is no user.
struct AliasFile {
    File file;
    bool is_executable = false;  // only forwards may stand in it
};

struct QmailSite {
    std::string folder;
    std::map<std::string, File> control;  // by name: "locals"
    std::map<std::string, AliasFile>
        aliases;  // by the extension, lower case, colons as dots: "list-default"; "": .qmail
    std::optional<File> assign;
    std::optional<File> clients;   // tcp.smtp
    std::optional<File> spamdyke;  // spamdyke.conf

    const File* find(const std::string& name) const {
        const auto found = control.find(name);
        return found == control.end() ? nullptr : &found->second;
    }
};

/// "list-default" for ".qmail-List-default".
std::string extension_of(std::string_view file_name);

Translation translate_qmail(const QmailSite& site, const Reader& named);

}  // namespace import
