#include "account/changes.h"

#include <fmt/format.h>

#include "addressing/aliases_file.h"
#include "config/node.h"
#include "lang/try.h"
#include "site/checks.h"

namespace account {
namespace {

using config::toml_string;

std::string written_at(const addressing::Place& place) {
    return place.file.empty() ? "the configuration" : addressing::to_text(place);
}

/// A domain of ours in which a name counts at all.
Result<addressing::Entry<addressing::Domain>> domain_for(const Desk& desk, std::string_view what,
                                                         std::string_view domain) {
    auto found = desk.book().domain(domain);
    if (found.is_unknown()) return refuse(temporary, "the directory cannot be read");
    if (!found)
        return refuse(
            no, fmt::format("{} is no domain of this server; `hermod domain add {}` makes it one", domain, domain));
    if (!found->same_as.empty())
        return refuse(no, fmt::format("{} is the same as {}: make the {} there", domain, found->same_as, what));
    return found;
}

}  // namespace

Result<accounts::Domain> new_domain(const Desk& desk, std::string_view name, const accounts::Domain& settings) {
    auto domain = settings;
    domain.name = TRY(domain_name(name));
    domain.created = desk.now();
    const auto& written = desk.book().configured().domains();
    if (const auto known = written.find(domain.name); known != written.end())
        return refuse(no, fmt::format("{} is a domain of {} already", domain.name, written_at(known->second.place)));
    if (!domain.same_as.empty()) {
        if (!domain.catch_all.empty()) return refuse(misused, "--same-as and --catch-all contradict each other");
        domain.same_as = TRY(domain_name(domain.same_as));
        static_cast<void>(TRY(domain_for(desk, "domain", domain.same_as)));
        if (domain.same_as == domain.name) return refuse(misused, "a domain is the same as itself anyway");
    }
    if (auto flaw = site::recipient_or_empty_flaw(domain.catch_all); !flaw.empty())
        return refuse(misused, fmt::format("--catch-all {}: {}", toml_string(domain.catch_all), flaw));
    if (auto flaw = site::delimiters_flaw(domain.delimiters); !flaw.empty())
        return refuse(misused, fmt::format("--delimiters {}: {}", toml_string(domain.delimiters), flaw));
    return domain;
}

Result<std::string> new_account_name(const Desk& desk, std::string_view text) {
    auto name = TRY(account_name(text));
    const auto domain = TRY(domain_for(desk, "account", domain_of(name)));
    if (domain->is_relayed)
        return refuse(no, fmt::format("mail for {} is passed on to another server ({})", domain_of(name),
                                      written_at(domain->place)));
    if (desk.book().configured().quota(std::string_view(name).substr(0, name.rfind('@')), domain_of(name)))
        return refuse(no, fmt::format("{} is listed in the domain's file of mailboxes already", name));
    return name;
}

Result<std::string> new_alias_name(const Desk& desk, std::string_view text) {
    auto name = addressing::alias_key(text);
    if (name.empty()) return refuse(misused, toml_string(text) + " is neither a name nor an address");
    const auto& written = desk.book().configured().aliases();
    if (const auto known = written.find(name); known != written.end())
        return refuse(no,
                      fmt::format("{} is an alias of {}, which counts first", name, written_at(known->second.place)));
    if (const auto domain = domain_of(name); !domain.empty()) static_cast<void>(TRY(domain_for(desk, "alias", domain)));
    return name;
}

Result<std::vector<addressing::Target>> new_targets(const std::vector<std::string>& texts) {
    using Kind = addressing::Target::Kind;
    std::vector<addressing::Target> targets;
    for (const auto& text : texts) {
        auto target = addressing::parse_target(text);
        if (!target) return refuse(misused, fmt::format("{}: {}", toml_string(text), target.error()));
        if (target->kind != Kind::Address && target->kind != Kind::Mailbox)
            return refuse(misused, toml_string(text) +
                                       " is no address: what else an alias may lead to is for the "
                                       "configuration to say");
        if (std::ranges::find(targets, *target) == targets.end()) targets.push_back(*std::move(target));
    }
    return targets;
}

}  // namespace account
