#pragma once
// Whose mail an address of qmail's is: users/assign (qmail-users(5)), and ~alias for all who are no users.

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/qmail.h"

namespace import {

/// "=local:user:uid:gid:home:dash:ext:" and "+prefix:…".
struct Assignment {
    bool is_prefix = false;
    std::string name;  // lower case
    std::string user;
    std::string home;
    std::string dash;
    std::string extension;
    Origin origin;

    /// Whether it says no more than is so without it.
    bool is_natural() const;
};

class QmailUsers {
public:
    QmailUsers(const QmailSite& site, Report& report);

    const std::vector<Assignment>& assignments() const { return assignments_; }
    /// Whose "PREPEND-anything" is.
    struct Owner {
        std::string user;       // with an extension, where there is one: "ann-lists"; of ~alias: "alias"
        std::string extension;  // in ~alias: "list" of .qmail-list-anything
        bool is_alias = false;  // ~alias
        std::string home;       // where users/assign says so
    };
    Owner owner_of(std::string_view prepend) const;

    /// The file of ~alias for an address, as qmail-local finds it; nullptr: there is none.
    const AliasFile* alias_file(std::string_view extension) const;
    /// The one for every address that begins with "EXTENSION-" and has no file of its own.
    const AliasFile* default_file(std::string_view extension) const;

private:
    bool has_alias_files(std::string_view prefix) const;
    const Assignment* longest_prefix(std::string_view name) const;

    const QmailSite& site_;
    std::vector<Assignment> assignments_;
    std::map<std::string, std::size_t, std::less<>> prefixes_;  // of assignments_
};

}  // namespace import
