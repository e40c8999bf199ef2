#include "site/aliases.h"

#include "addressing/aliases_file.h"
#include "config/node.h"
#include "pattern/pattern.h"
#include "site/checks.h"

namespace site {

bool needs_alias_user(const addressing::Target& target) {
    using Kind = addressing::Target::Kind;
    return target.kind == Kind::Program || target.kind == Kind::File || target.kind == Kind::Folder;
}

std::optional<Below> below(const std::vector<std::string>& folders, std::string_view path) {
    std::optional<Below> longest;
    for (std::string folder : folders) {
        while (folder.ends_with('/')) folder.pop_back();
        const bool is_below = !folder.empty() && path.starts_with(folder) && path.size() > folder.size() + 1 &&
                              path[folder.size()] == '/';
        if (!is_below || (longest && longest->folder.size() > folder.size())) continue;
        auto rest = std::string(path.substr(folder.size() + 1));
        longest = Below{std::move(folder), std::move(rest)};
    }
    return longest;
}

std::string aliases_flaw(const std::map<std::string, std::vector<std::string>>& aliases) {
    for (const auto& [name, targets] : aliases) {
        if (addressing::alias_key(name).empty()) return config::toml_string(name) + " is neither a name nor an address";
        if (targets.empty()) return config::toml_string(name) + " leads nowhere";
        for (const auto& text : targets) {
            const auto target = addressing::parse_target(text);
            if (!target) return config::toml_string(text) + ": " + target.error();
        }
    }
    return {};
}

std::string pattern_flaw(const std::string& pattern) {
    const auto compiled = pattern::Pattern::compile(pattern);
    return compiled ? std::string() : config::toml_string(pattern) + ": " + compiled.error();
}

std::string patterns_flaw(const std::vector<AliasPattern>& patterns) {
    if (patterns.size() > most_patterns) return "there are more than 1000 patterns";
    for (const auto& [expression, targets] : patterns) {
        const auto compiled = pattern::Pattern::compile(expression);
        if (!compiled) continue;  // told already
        if (targets.empty()) return config::toml_string(expression) + " leads nowhere";
        for (const auto& text : targets) {
            if (std::string flaw = pattern::flaw_of(text, compiled->groups()); !flaw.empty())
                return config::toml_string(text) + ": " + flaw;
            // Hostile: what the brackets match is a stranger's word, and must not become a program or a file.
            const auto example = pattern::fill(text, pattern::Groups(pattern::most_groups + 1, "x"));
            const auto target = addressing::parse_target(example);
            if (!target) return config::toml_string(text) + ": " + target.error();
            if (target->kind != addressing::Target::Kind::Address)
                return config::toml_string(text) + " is no address: a pattern leads to addresses only";
        }
    }
    return {};
}

std::string alias_files_flaw(const std::vector<std::string>& files) {
    for (const auto& file : files)
        if (std::string flaw = absolute_path_flaw(file); !flaw.empty()) return config::toml_string(file) + ": " + flaw;
    return {};
}

std::string percent_domains_flaw(const std::vector<std::string>& domains) {
    for (const auto& domain : domains)
        if (std::string flaw = domain_flaw(domain); !flaw.empty())
            return config::toml_string(domain) + " is no domain: " + flaw;
    return {};
}

}  // namespace site
