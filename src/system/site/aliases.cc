#include "site/aliases.h"

#include "addressing/aliases_file.h"
#include "config/node.h"
#include "site/checks.h"

namespace site {

std::string undeliverable(const addressing::Target& target) {
    using Kind = addressing::Target::Kind;
    if (target.kind != Kind::Program && target.kind != Kind::File && target.kind != Kind::Folder) return {};
    return config::toml_string(addressing::to_text(target)) +
           " is no address: an alias leads to no program, file or folder; name a user whose instructions do";
}

std::string aliases_flaw(const std::map<std::string, std::vector<std::string>>& aliases) {
    for (const auto& [name, targets] : aliases) {
        if (addressing::alias_key(name).empty()) return config::toml_string(name) + " is neither a name nor an address";
        if (targets.empty()) return config::toml_string(name) + " leads nowhere";
        for (const auto& text : targets) {
            const auto target = addressing::parse_target(text);
            if (!target) return config::toml_string(text) + ": " + target.error();
            if (std::string flaw = undeliverable(*target); !flaw.empty()) return flaw;
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
