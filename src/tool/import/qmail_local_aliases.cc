#include <fmt/format.h>

#include <set>

#include "import/qmail_aliases.h"
#include "import/qmail_parts.h"
#include "site/aliases.h"

namespace import {
namespace {

constexpr std::size_t most_patterns = 1000;
constexpr std::size_t longest_pattern = 1000;

/// The extensions whose files are addresses of virtual domains: "dom" of "dom:alias-dom".
std::set<std::string> extensions_of_virtuals(const QmailSite& site, const QmailUsers& users) {
    std::set<std::string> found;
    const File* file = site.find("virtualdomains");
    if (!file) return found;
    Report ignored;  // it was told before
    for (const auto& line : lines_of(*file, ignored)) {
        const auto colon = line.text.find(':');
        if (colon == std::string_view::npos || colon + 1 == line.text.size()) continue;
        const auto owner = users.owner_of(line.text.substr(colon + 1));
        if (owner.is_alias && !owner.extension.empty()) found.insert(owner.extension + "-");
    }
    return found;
}

QmailSite without(const QmailSite& site, const std::set<std::string>& prefixes) {
    QmailSite rest{
        .folder = site.folder, .control = {}, .aliases = site.aliases, .assign = {}, .clients = {}, .spamdyke = {}};
    for (const auto& prefix : prefixes) {
        auto at = rest.aliases.lower_bound(prefix);
        while (at != rest.aliases.end() && at->first.starts_with(prefix)) at = rest.aliases.erase(at);
    }
    return rest;
}

/// Who gets what nobody else gets, in all domains of system users.
void set_catch_all(const QmailUsers& users, Translation& out) {
    const auto* file = users.default_file("");
    if (!file) return;
    auto targets = targets_of(*file, out.report);
    if (!targets) return;
    const Origin origin{file->file.path};
    const auto value = catch_all_of(out.draft, "default", *std::move(targets), origin, out.report);
    if (!value) return;
    for (auto& [name, domain] : out.draft.domains) {
        if (domain.has("instructions")) domain.set("catch_all", *value, origin);
    }
}

/// "^list\-(.*)@(?:a\.example|b\.example)$": what begins so, in the domains of the users of this system.
std::string pattern_for(std::string_view prefix, const Draft& draft) {
    std::string domains;
    for (const auto& [name, domain] : draft.domains)
        if (domain.has("instructions") && !name.starts_with('.'))
            domains += (domains.empty() ? "" : "|") + escaped_for_pattern(name);
    return fmt::format("^{}(.*)@(?:{})$", escaped_for_pattern(prefix), domains);
}

void translate_prefix(const Assignment& one, Translation& out) {
    const bool has_extension = !one.dash.empty() || !one.extension.empty();
    const std::vector<std::string> targets{has_extension ? one.user + one.dash + one.extension + "\\1" : one.user};
    auto pattern = pattern_for(one.name, out.draft);
    if (out.draft.patterns.size() >= most_patterns || pattern.size() > longest_pattern)
        return out.report.add(one.origin, fmt::format("there is too much for {}-anything to be taken over", one.name),
                              "write [[alias_pattern]] tables by hand");
    if (const auto flaw = site::patterns_flaw({{pattern, targets}}); !flaw.empty())
        return out.report.add(one.origin, flaw);
    out.draft.patterns.push_back(
        {.pattern = std::move(pattern), .targets = targets, .precision = one.name.size(), .origin = one.origin});
}

void translate_assignment(const Assignment& one, const QmailUsers& users, Translation& out) {
    if (one.is_natural()) return;
    const auto name = one.is_prefix && one.name.ends_with('-') ? one.name.substr(0, one.name.size() - 1) : one.name;
    if (name.empty())
        return out.report.add(one.origin, fmt::format("all that has no user of its own goes to {}", one.user),
                              fmt::format("set catch_all = \"{}\" in the domains", one.user));
    if (one.user == "alias") {
        const auto* file = users.alias_file(one.extension);
        if (auto targets = file ? targets_of(*file, out.report) : std::nullopt)
            add_alias(out.draft, name, *std::move(targets), one.origin, out.report);
        return;
    }
    if (one.is_prefix) return translate_prefix(one, out);
    const auto extension =
        one.extension.ends_with('-') ? one.extension.substr(0, one.extension.size() - 1) : one.extension;
    // Whoever is assigned to a user is no alias, whatever that user's name leads to.
    auto target = extension.empty() ? "\\" + one.user : one.user + "-" + extension;
    add_alias(out.draft, name, {std::move(target)}, one.origin, out.report);
}

}  // namespace

void translate_local_aliases(const QmailSite& site, const QmailUsers& users, Translation& out) {
    const auto prefixes = extensions_of_virtuals(site, users);
    for (const auto& one : users.assignments()) {
        const bool is_of_virtual = one.is_prefix && (one.home.contains("/domains/") || prefixes.contains(one.name));
        if (!is_of_virtual) translate_assignment(one, users, out);
    }
    const auto rest = without(site, prefixes);
    add_alias_files(rest, "", "", out);
    set_catch_all(users, out);
    if (const auto own = site.aliases.find(""); own != site.aliases.end() && !own->second.file.text.empty())
        out.report.add({own->second.file.path}, "says what happens with mail for the user alias himself",
                       "write an alias \"alias\" in [aliases]");
}

}  // namespace import
