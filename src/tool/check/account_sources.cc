#include "check/account_sources.h"

#include <algorithm>

#include "config/load.h"
#include "directory/config.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace check {
namespace {

/// "example.org" as it is written, or by a wildcard.
bool is_listed(const directory::Config& config, const std::string& name) {
    if (name == text::lower(config.hostname)) return true;
    return std::ranges::any_of(config.domains, [&](const auto& one) {
        const auto& written = one.first;
        if (!written.starts_with('.')) return text::to_a_labels(written) == name;
        const auto suffix = text::to_a_labels(std::string_view(written).substr(1));
        return suffix && name.ends_with("." + *suffix);
    });
}

}  // namespace

config::Problems find_foreign_domains(const std::string& text, DirectoryRecords& records) {
    const auto config = config::load<directory::Config>(text);
    config::Problems found;
    for (const auto& source : config.accounts)
        for (const auto& domain : source.domains) {
            const auto name = text::to_a_labels(domain).value_or(domain);
            if (is_listed(config, name)) continue;
            if (const auto made = records.domain(name); !made || *made) continue;
            found.push_back({.file = {},
                             .line = 0,
                             .column = 0,
                             .key = "accounts.domains",
                             .problem = config::toml_string(domain) + " is no domain of ours: " +
                                        config::toml_string(source.name) + " is never asked about it",
                             .remedy = "write [domains." + config::toml_string(domain) + "] with users = false"});
        }
    return found;
}

}  // namespace check
