#pragma once
// [aliases] and alias_files: addresses that lead elsewhere. addressing/resolver.h has the order in which they count.

#include <map>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "addressing/target.h"
#include "config/setting.h"

namespace site {

struct Addressing {
    std::map<std::string, std::vector<std::string>> aliases;
    std::vector<std::string> alias_files;
    std::vector<std::string> percent_domains;
    std::map<std::string, std::string> texts;   // what stands in alias_files, and in files that :include: names
    std::map<std::string, std::string> places;  // "aliases.ann" → "/etc/hermod/hermod.toml:12"
};

/// Why nothing can be delivered to a target of an alias: programs, files and folders belong to users.
std::string undeliverable(const addressing::Target& target);
std::string aliases_flaw(const std::map<std::string, std::vector<std::string>>& aliases);
std::string alias_files_flaw(const std::vector<std::string>& files);
std::string percent_domains_flaw(const std::vector<std::string>& domains);

inline auto settings(const Addressing*) {
    using config::internal, config::setting;
    return std::tuple{
        setting("aliases", &Addressing::aliases,
                "Where mail for an address goes instead: \"info@example.org\" = [\"ann\", \"bob@example.net\"]. A name "
                "without a domain counts in all domains of system users. Each target is an address, \"\\\\ann\" (ann's "
                "own mailbox) or \":include:/a/file\" with more of them.",
                aliases_flaw),
        setting("alias_files", &Addressing::alias_files,
                "Files of aliases in the form of aliases(5), as Sendmail and Postfix have it, for example "
                "\"/etc/aliases\". What [aliases] says of the same name counts instead.",
                alias_files_flaw),
        setting("percent_domains", &Addressing::percent_domains,
                "Domains of ours in which \"user%there@here\" is sent on to user@there (qmail's percenthack). Seldom "
                "a good idea: whoever may send to us may then send anywhere.",
                percent_domains_flaw),
        internal("texts", &Addressing::texts),
        internal("places", &Addressing::places),
    };
}

}  // namespace site
