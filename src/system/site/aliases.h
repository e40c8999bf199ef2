#pragma once
// [aliases] and alias_files: addresses that lead elsewhere. addressing/resolver.h has the order in which they count.

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "addressing/target.h"
#include "config/setting.h"

namespace site {

/// [[alias_pattern]]
struct AliasPattern {
    std::string pattern;
    std::vector<std::string> to;
    bool operator==(const AliasPattern&) const = default;
};
std::string pattern_flaw(const std::string& pattern);
std::string patterns_flaw(const std::vector<AliasPattern>& patterns);
constexpr std::size_t most_patterns = 1000;

inline auto settings(const AliasPattern*) {
    using config::required, config::setting;
    return std::tuple{
        required(setting("pattern", &AliasPattern::pattern,
                         "A regular expression (RE2) for whole addresses, without regard to case: "
                         "\"^sales-(.*)@example\\\\.org$\". Without ^ and $ it may match in the middle.",
                         pattern_flaw)),
        required(setting("to", &AliasPattern::to,
                         "Where mail for such an address goes: addresses, in which \\\\1 to \\\\9 stand for what the "
                         "brackets of the pattern matched. Where that is the domain, only who may relay may use it.")),
    };
}

struct Addressing {
    std::map<std::string, std::vector<std::string>> aliases;
    std::vector<AliasPattern> alias_pattern;
    std::vector<std::string> alias_files;
    std::vector<std::string> percent_domains;
    std::map<std::string, std::string> texts;   // what stands in alias_files, and in files that :include: names
    std::map<std::string, std::string> places;  // "aliases.ann" → "/etc/hermod/hermod.toml:12"
};

/// Whether it is a program, file or folder: delivered as local.alias_user, if at all.
bool needs_alias_user(const addressing::Target& target);
/// The part of a path that is below one of the folders; nullopt: it is not. With the folder.
struct Below {
    std::string folder;
    std::string path;
};
std::optional<Below> below(const std::vector<std::string>& folders, std::string_view path);
std::string aliases_flaw(const std::map<std::string, std::vector<std::string>>& aliases);
std::string alias_files_flaw(const std::vector<std::string>& files);
std::string percent_domains_flaw(const std::vector<std::string>& domains);

inline auto settings(const Addressing*) {
    using config::internal, config::setting;
    return std::tuple{
        setting("aliases", &Addressing::aliases,
                "Where mail for an address goes instead: \"info@example.org\" = [\"ann\", \"bob@example.net\"]. A name "
                "without a domain counts in all domains of system users. Each target is an address, \"\\\\ann\" (ann's "
                "own mailbox), \":include:/a/file\" with more of them, or, where local.alias_user says as whom, "
                "\"|program\", \"/an/mbox\" or \"/a/Maildir/\". With an alias \"owner-NAME\" or \"NAME-owner\" "
                "beside it, what goes through NAME leaves with that address as its sender; with "
                "\"NAME-owner-default\" too, each copy with an own one (VERP).",
                aliases_flaw),
        setting("alias_files", &Addressing::alias_files,
                "Files of aliases in the form of aliases(5), as Sendmail and Postfix have it, for example "
                "\"/etc/aliases\". What [aliases] says of the same name counts instead.",
                alias_files_flaw),
        setting("alias_pattern", &Addressing::alias_pattern,
                "Aliases of all addresses of a kind, in domains of ours. The first that matches counts, where no alias "
                "is for the address itself, and before accounts.",
                patterns_flaw),
        setting("percent_domains", &Addressing::percent_domains,
                "Domains of ours in which \"user%there@here\" is sent on to user@there (qmail's percenthack). Seldom "
                "a good idea: whoever may send to us may then send anywhere.",
                percent_domains_flaw),
        internal("texts", &Addressing::texts),
        internal("places", &Addressing::places),
    };
}

}  // namespace site
