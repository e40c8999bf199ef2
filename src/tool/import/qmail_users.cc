#include "import/qmail_users.h"

#include <algorithm>

#include "text/ascii.h"

namespace import {
namespace {

constexpr std::string_view alias_user = "alias";
constexpr std::size_t longest_name = 1024;

std::optional<Assignment> parse_assignment(const Line& line) {
    const auto parts = split(line.text.substr(1), ':', 8);
    const bool is_known = line.text.front() == '=' || line.text.front() == '+';
    if (!is_known || parts.size() < 7 || parts[1].empty()) return std::nullopt;
    return Assignment{.is_prefix = line.text.front() == '+',
                      .name = text::lower(parts[0]),
                      .user = std::string(parts[1]),
                      .home = std::string(parts[4]),
                      .dash = std::string(parts[5]),
                      .extension = text::lower(parts[6]),
                      .origin = line.origin};
}

}  // namespace

std::string extension_of(std::string_view file_name) {
    auto name =
        text::lower(file_name.substr(std::min<std::size_t>(file_name.size(), std::string_view(".qmail-").size())));
    std::ranges::replace(name, ':', '.');
    return name;
}

bool Assignment::is_natural() const {
    if (!extension.empty()) return false;
    if (!is_prefix) return name == user && dash.empty();
    return dash == "-" && (name == user + "-" || (name.empty() && user == alias_user));
}

QmailUsers::QmailUsers(const QmailSite& site, Report& report) : site_(site) {
    if (!site.assign) return;
    for (const auto& line : lines_of(*site.assign, report)) {
        if (line.text == ".") return;
        if (auto assignment = parse_assignment(line)) {
            if (assignment->is_prefix) prefixes_.try_emplace(assignment->name, assignments_.size());
            assignments_.push_back(*std::move(assignment));
        } else {
            report.add(line.origin, "is no line of users/assign, and is passed over");
        }
    }
}

const Assignment* QmailUsers::longest_prefix(std::string_view name) const {
    for (auto length = std::min(name.size(), longest_name); length > 0; --length)
        if (const auto found = prefixes_.find(name.substr(0, length)); found != prefixes_.end())
            return &assignments_[found->second];
    return nullptr;
}

bool QmailUsers::has_alias_files(std::string_view prefix) const {
    const auto found = site_.aliases.lower_bound(std::string(prefix));
    return found != site_.aliases.end() && found->first.starts_with(prefix);
}

QmailUsers::Owner QmailUsers::owner_of(std::string_view prepend) const {
    const auto name = text::lower(prepend) + "-";
    if (const auto* assigned = longest_prefix(name)) {
        const auto extension = assigned->extension + name.substr(assigned->name.size());
        const auto bare = extension.ends_with('-') ? extension.substr(0, extension.size() - 1) : extension;
        if (assigned->user == alias_user)
            return {.user = assigned->user, .extension = bare, .is_alias = true, .home = assigned->home};
        return {.user = assigned->user + (bare.empty() ? "" : "-" + bare), .extension = {}, .home = assigned->home};
    }
    if (name == "alias-") return {.user = std::string(alias_user), .extension = {}, .is_alias = true, .home = {}};
    if (name.starts_with("alias-"))
        return {.user = std::string(alias_user),
                .extension = name.substr(6, name.size() - 7),
                .is_alias = true,
                .home = {}};
    if (has_alias_files(name))
        return {.user = std::string(alias_user),
                .extension = name.substr(0, name.size() - 1),
                .is_alias = true,
                .home = {}};
    return {.user = name.substr(0, name.size() - 1), .extension = {}, .home = {}};
}

const AliasFile* QmailUsers::alias_file(std::string_view extension) const {
    const auto found = site_.aliases.find(std::string(extension));
    if (found != site_.aliases.end()) return &found->second;
    const auto dash = extension.rfind('-');
    return default_file(dash == std::string_view::npos ? "" : extension.substr(0, dash));
}

const AliasFile* QmailUsers::default_file(std::string_view extension) const {
    while (!extension.empty()) {
        const auto found = site_.aliases.find(std::string(extension) + "-default");
        if (found != site_.aliases.end()) return &found->second;
        const auto dash = extension.rfind('-');
        extension = dash == std::string_view::npos ? "" : extension.substr(0, dash);
    }
    const auto found = site_.aliases.find("default");
    return found == site_.aliases.end() ? nullptr : &found->second;
}

}  // namespace import
