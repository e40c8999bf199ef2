#pragma once
// [domains."example.org"]: the domains whose mail ends here.

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <tuple>

#include "config/node.h"
#include "config/setting.h"
#include "site/checks.h"

namespace site {

/// Which files in their homes the users of a domain may leave instructions for their mail in.
enum class Instructions : std::uint8_t { None, Forward, Qmail };
constexpr auto choices(Instructions) {
    return std::array<config::Choice<Instructions>, 3>{
        {{"none", Instructions::None}, {"forward", Instructions::Forward}, {"qmail", Instructions::Qmail}}};
}

/// As loops.policy, for the recipients of one domain.
enum class DomainLoopPolicy : std::uint8_t { AsServer, Bounce, Discard, Hold, Deliver };
constexpr auto choices(DomainLoopPolicy) {
    using enum DomainLoopPolicy;
    return std::array<config::Choice<DomainLoopPolicy>, 5>{
        {{"server", AsServer}, {"bounce", Bounce}, {"discard", Discard}, {"hold", Hold}, {"deliver", Deliver}}};
}

/// Without `mailboxes` and `owner` its recipients are the users of this system, unless `users` says that they are not.
struct Domain {
    bool users = true;
    std::string mailboxes;
    std::string owner;
    std::string catch_all;
    std::string same_as;
    std::string delimiters = "+";
    bool relayed = false;
    Instructions instructions = Instructions::None;
    DomainLoopPolicy loop_policy = DomainLoopPolicy::AsServer;
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
        config::setting("users", &Domain::users,
                        "Whether the users of this system have addresses in a domain without mailboxes and owner. "
                        "false: it has what [aliases] and catch_all say, and nobody else."),
        config::setting("owner", &Domain::owner,
                        "The user of this system to whom all of the domain belongs: mail for user@virtual.example goes "
                        "to OWNER-user (qmail's virtualdomains), unless there is an alias or a mailbox for it.",
                        user_or_empty_flaw),
        config::setting("catch_all", &Domain::catch_all,
                        "Who gets the mail for everybody in the domain whom nothing else provides for: a user or an "
                        "address.",
                        recipient_or_empty_flaw),
        config::setting("same_as", &Domain::same_as,
                        "Another of our domains, which has the same recipients. Nothing else may be set beside it.",
                        domain_or_empty_flaw),
        config::setting("delimiters", &Domain::delimiters,
                        "The characters that begin an extension: with \"+\", mail for ann+shop goes to ann; qmail's is "
                        "\"-\". Empty: there are no extensions.",
                        delimiters_flaw),
        config::setting(
            "relayed", &Domain::relayed,
            "Mail for it ends elsewhere and is passed on for anybody, as by its backup or gateway (qmail: it "
            "stands in rcpthosts alone; Postfix: relay_domains): to its other mail exchangers, or where a "
            "[[route]] leads. Only aliases of whole addresses are looked at before."),
        config::setting(
            "instructions", &Domain::instructions,
            "Which instructions of users of this system are carried out for mail that reaches them by this "
            "domain: \"qmail\" ~/.qmail and, by extension, ~/.qmail-…; \"forward\" ~/.forward as Sendmail and "
            "Postfix have it; \"none\" neither."),
        config::setting("loop_policy", &Domain::loop_policy,
                        "What happens to mail for the domain that goes in circles: as loops.policy, or \"server\" "
                        "for what is said there."),
        config::internal("mailbox_list", &Domain::mailbox_list),
    };
}

using Domains = std::map<std::string, Domain>;  // the names as written

/// What may not stand together; empty: all is well.
inline std::string contradiction(const Domain& domain) {
    const bool has_recipients = !domain.mailboxes.empty() || !domain.owner.empty() || !domain.catch_all.empty();
    if (!domain.same_as.empty() && has_recipients)
        return "has the recipients of " + domain.same_as + ", and mailboxes, an owner or a catch_all beside";
    if (domain.relayed && (has_recipients || !domain.same_as.empty()))
        return "is relayed to others, and has recipients here";
    const bool has_users = domain.users && !domain.relayed && domain.mailboxes.empty() && domain.owner.empty();
    if (domain.instructions != Instructions::None && (!has_users || !domain.same_as.empty()))
        return "has instructions, but no users of this system; mail for an owner goes by those of the host's own name";
    return {};
}

inline std::string domains_flaw(const Domains& domains) {
    for (const auto& [name, domain] : domains) {
        const std::string_view suffix = std::string_view(name).substr(name.starts_with('.') ? 1 : 0);
        if (std::string flaw = domain_flaw(suffix); !flaw.empty())
            return config::toml_string(name) + " is no domain: " + flaw;
        if (std::string flaw = contradiction(domain); !flaw.empty()) return config::toml_string(name) + " " + flaw;
    }
    return {};
}

inline constexpr std::string_view domains_meaning =
    "The domains whose mail is taken from anybody, beside the host's own name: [domains.\"example.org\"], and all "
    "below a domain: "
    "[domains.\".example.org\"].";

}  // namespace site
