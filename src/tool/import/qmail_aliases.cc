#include "import/qmail_aliases.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "addressing/aliases_file.h"
#include "addressing/target.h"
#include "dotqmail/instructions.h"
#include "site/aliases.h"
#include "site/checks.h"

namespace import {
namespace {

using Kind = dotqmail::Instruction::Kind;

constexpr std::string_view for_all = "-default";
// Hostile: many domains that all share many files.
constexpr std::size_t most_aliases = 200'000;

/// The user of qmail's aliases, as whom programs ran and files were written.
constexpr std::string_view alias_user = "alias";

/// "|fastforward -d /etc/aliases.cdb" is a file of aliases that we read ourselves.
bool is_fastforward(const dotqmail::Instruction& instruction) {
    return instruction.kind == Kind::Program && instruction.text.contains("fastforward");
}

/// "./Maildir/" of ~alias, as an absolute path.
std::string absolute(std::string_view path, std::string_view file) {
    if (path.starts_with('/')) return std::string(path);
    if (path.starts_with("./")) path.remove_prefix(2);
    return std::string(file.substr(0, file.rfind('/') + 1)).append(path);
}

/// As [aliases] has it.
std::string target_of(const dotqmail::Instruction& instruction, std::string_view file) {
    if (instruction.kind == Kind::Program) return "|" + instruction.text;
    return absolute(instruction.text, file);
}

/// Why it cannot be taken over; empty: it can.
std::string take_forward(const dotqmail::Instruction& instruction, std::vector<std::string>& targets) {
    const auto target = addressing::parse_target(instruction.text);
    if (!target) return target.error();
    if (target->kind != addressing::Target::Kind::Address) return "no address";
    targets.push_back(target->text);
    return {};
}

}  // namespace

std::optional<std::vector<std::string>> targets_of(const AliasFile& alias, Report& report) {
    const Origin origin{alias.file.path};
    if (alias.file.text.size() > dotqmail::longest_file) {
        report.add(origin, "is longer than a .qmail file may be");
        return std::nullopt;
    }
    const auto instructions = dotqmail::parse(alias.file.text, alias.is_executable);
    if (!instructions.flaw.empty()) {
        report.add(origin, "qmail delivered nothing by it: " + instructions.flaw);
        return std::nullopt;
    }
    if (instructions.list.empty()) {
        if (instructions.is_empty)
            report.add(origin, "is empty: mail went to the mailbox of the user alias",
                       "name somebody who reads it in [aliases]");
        else
            report.add(origin, "has no instruction: mail was thrown away", "there is no such alias; mail is refused");
        return std::nullopt;
    }
    const auto& first = instructions.list.front();
    if (first.kind == Kind::Program && first.text.contains("bouncesaying") && instructions.list.size() == 1) {
        report.add(origin, "refuses mail: " + first.text, "there is no such alias; mail is refused at once");
        return std::nullopt;
    }
    std::vector<std::string> targets;
    bool is_whole = true;
    for (const auto& instruction : instructions.list) {
        if (is_fastforward(instruction)) {
            report.add(origin, "reads a file of aliases: " + instruction.text,
                       "set alias_files = [\"/etc/aliases\"] to the text that the .cdb file is made from");
            is_whole = false;
        } else if (instruction.kind == Kind::Program && &instruction != &instructions.list.back()) {
            // By exit status 99 or 100 any program may end what follows; targets of an alias are each for itself.
            report.add(origin, "may decide whether the lines behind it count: " + instruction.text,
                       "if it does, write all of it as one program; else name its lines in [aliases]");
            is_whole = false;
        } else if (instruction.kind != Kind::Forward) {
            auto target = target_of(instruction, alias.file.path);
            const auto home = std::string_view(alias.file.path).substr(0, alias.file.path.rfind('/') + 1);
            if (instruction.kind != Kind::Program && !target.starts_with(home))
                report.add(origin, "writes outside of ~alias: " + target,
                           "name its folder in alias_folders of [local]");
            targets.push_back(std::move(target));
        } else if (const auto flaw = take_forward(instruction, targets); !flaw.empty()) {
            report.add(origin, fmt::format("forwards to \"{}\": {}", instruction.text, flaw));
            is_whole = false;
        }
    }
    if (!is_whole) return std::nullopt;
    return targets;
}

void add_alias(Draft& draft, const std::string& name, std::vector<std::string> targets, const Origin& origin,
               Report& report) {
    const auto key = addressing::alias_key(name);
    if (key.empty()) return report.add(origin, fmt::format("\"{}\" is neither a name nor an address", name));
    if (const auto flaw = site::aliases_flaw({{key, targets}}); !flaw.empty()) return report.add(origin, flaw);
    const bool needs_user = std::ranges::any_of(targets, [](const std::string& text) {
        const auto target = addressing::parse_target(text);
        return target && site::needs_alias_user(*target);
    });
    if (needs_user) draft.set("local", "alias_user", quoted(alias_user), origin);
    const auto [at, is_new] =
        draft.aliases.try_emplace(key, AliasDraft{.targets = std::move(targets), .origin = origin});
    if (!is_new)
        report.add(origin, fmt::format("{} is an alias already, from {}", key, to_text(at->second.origin)),
                   "this one is left out");
}

std::optional<std::string> catch_all_of(Draft& draft, const std::string& name, std::vector<std::string> targets,
                                        const Origin& origin, Report& report) {
    if (targets.size() == 1 && site::recipient_or_empty_flaw(targets.front()).empty()) return quoted(targets.front());
    if (!draft.aliases.contains(name)) add_alias(draft, name, std::move(targets), origin, report);
    if (!draft.aliases.contains(name)) return std::nullopt;
    return quoted(name);
}

bool add_alias_files(const QmailSite& site, std::string_view prefix, const std::string& domain, Translation& out) {
    bool has_extensions = false;
    if (out.draft.aliases.size() >= most_aliases) {
        out.report.add({site.folder}, "there are more aliases than are taken over", "write the rest by hand");
        return has_extensions;
    }
    for (auto at = site.aliases.lower_bound(std::string(prefix));
         at != site.aliases.end() && at->first.starts_with(prefix); ++at) {
        auto name = at->first.substr(prefix.size());
        const Origin origin{at->second.file.path};
        if (name.empty() || name == "default") continue;
        auto targets = targets_of(at->second, out.report);
        if (!targets) continue;
        if (name.ends_with(for_all)) {
            name.resize(name.size() - for_all.size());
            has_extensions = true;
            if (site.aliases.contains(std::string(prefix) + name)) {
                out.report.add(origin, fmt::format("{0}-anything goes where {0} goes, not where this file says", name),
                               "write aliases for those that are needed");
                continue;
            }
            out.report.add(origin, fmt::format("{0} alone is taken too, not only {0}-anything", name));
        }
        if (site.aliases.contains(at->first + "-owner"))
            out.report.add_foreseen({at->second.file.path + "-owner"},
                                    fmt::format("errors of the list {} go to the sender, not to {}-owner", name, name));
        add_alias(out.draft, domain.empty() ? name : name + "@" + domain, *std::move(targets), origin, out.report);
    }
    return has_extensions;
}

}  // namespace import
