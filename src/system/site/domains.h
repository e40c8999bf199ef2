#pragma once
// [domains."example.org"]: the domains whose mail ends here.

#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "config/node.h"
#include "config/setting.h"
#include "site/checks.h"

namespace site {

/// Without `mailboxes` its recipients are the users of this system.
struct Domain {
    std::string mailboxes;
    std::string mailbox_list;  // what stands in that file (mailbox_list.h)

    bool operator==(const Domain&) const = default;
};

inline auto settings(const Domain*) {
    return std::tuple{
        config::setting(
            "mailboxes", &Domain::mailboxes,
            "The file with the addresses of a virtual domain: one a line, optionally followed by a quota as "
            "in \"ann@virtual.example 500MB\"; # begins a comment. Empty: the users of this system.",
            absolute_path_or_empty_flaw),
        config::internal("mailbox_list", &Domain::mailbox_list),
    };
}

using Domains = std::map<std::string, Domain>;  // the names as written

inline std::string domains_flaw(const Domains& domains) {
    for (const auto& [name, domain] : domains)
        if (std::string flaw = domain_flaw(name); !flaw.empty())
            return config::toml_string(name) + " is no domain: " + flaw;
    return {};
}

inline constexpr std::string_view domains_meaning =
    "The domains whose mail ends here, beside the host's own name: [domains.\"example.org\"].";

}  // namespace site
