#include "addressbook/configured_book.h"

#include <algorithm>
#include <utility>

#include "addressing/aliases_file.h"
#include "smtp/domain_of.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace addressbook {
namespace {

using addressing::Alias;
using addressing::Domain;
using addressing::Existence;
using addressing::Place;
using addressing::Target;
using pattern::Groups;

std::string canonical(std::string_view domain) {
    const bool is_wildcard = domain.starts_with('.');
    if (is_wildcard) domain.remove_prefix(1);
    return (is_wildcard ? "." : "") + text::to_a_labels(domain).value_or(text::lower(domain));
}

template <typename Value>
const Value* find_in(const Table<Value>& table, std::string_view key) {
    const auto found = table.find(key);
    return found == table.end() ? nullptr : &found->second;
}

std::vector<Target> targets_of(const std::vector<std::string>& texts) {
    std::vector<Target> targets;
    for (const auto& text : texts)
        if (auto target = addressing::parse_target(text)) targets.push_back(*std::move(target));
    return targets;
}

}  // namespace

ConfiguredBook::ConfiguredBook(Sources sources, UserLookUp users)
    : own_addresses_(std::move(sources.own_addresses)),
      places_(std::move(sources.addressing.places)),
      users_(std::move(users)) {
    rules_.hostname = canonical(sources.hostname);
    for (const auto& domain : sources.addressing.percent_domains) rules_.percent.push_back(canonical(domain));
    domains_[rules_.hostname] = domains_["localhost"] = {};
    add_domains(std::move(sources.domains));
    add_aliases(sources.addressing);
    add_patterns(sources.addressing.alias_pattern);
    // What cron and daemons write to root must be read by somebody who is not root.
    root_.targets = {{Target::Kind::Address, "postmaster"}};
    if (!sources.postmaster.empty()) postmaster_ = {targets_of({sources.postmaster}), place_of("postmaster")};
    // "postmaster: root", as in many an /etc/aliases: then it is the mailbox that is always there.
    auto reader = alias("postmaster@" + rules_.hostname);
    if (!reader) reader = alias("postmaster");
    const auto is_root = [](const Target& target) { return target.text == "root" || target.text.starts_with("root@"); };
    if (reader && std::ranges::any_of(reader->targets, is_root)) root_.targets[0].kind = Target::Kind::Mailbox;
}

void ConfiguredBook::add_domains(site::Domains domains) {
    for (auto& [name, domain] : domains) {
        const auto key = canonical(name);
        domains_[key] = {
            .has_users = domain.users && !domain.relayed && domain.mailboxes.empty() && domain.owner.empty(),
            .delimiters = std::move(domain.delimiters),
            .same_as = domain.same_as.empty() ? "" : canonical(domain.same_as),
            .owner = std::move(domain.owner),
            .catch_all = std::move(domain.catch_all),
            .has_instructions = domain.instructions != site::Instructions::None,
            .is_relayed = domain.relayed,
            .place = place_of("domains." + name)};
        const auto list = site::parse_mailbox_list(domain.mailbox_list, domain.mailboxes);
        if (!list) continue;
        for (const auto& [address, quota] : *list) {
            const auto at = address.rfind('@');
            if (address.substr(at + 1) == key) mailboxes_[key].emplace(address.substr(0, at), quota);
        }
    }
}

void ConfiguredBook::add_aliases(const site::Addressing& addressing) {
    for (const auto& [name, targets] : addressing.aliases)
        aliases_[addressing::alias_key(name)] = {targets_of(targets), place_of("aliases." + name)};
    for (const auto& [path, text] : addressing.texts) {
        if (std::ranges::find(addressing.alias_files, path) == addressing.alias_files.end()) {
            members_[path] = addressing::parse_members(text).targets;
            continue;
        }
        for (auto& line : addressing::parse_aliases(text).aliases)
            aliases_.try_emplace(std::move(line.name), Alias{std::move(line.targets), {path, line.line}});
    }
}

void ConfiguredBook::add_patterns(const std::vector<site::AliasPattern>& patterns) {
    for (std::size_t i = 0; i < patterns.size(); ++i)
        if (auto compiled = pattern::Pattern::compile(patterns[i].pattern))
            patterns_.push_back({*std::move(compiled), patterns[i].to, place_of("alias_pattern." + std::to_string(i))});
}

Place ConfiguredBook::place_of(const std::string& key) const {
    const auto found = places_.find(key);
    return found == places_.end() ? Place() : addressing::parse_place(found->second);
}

addressing::Entry<Domain> ConfiguredBook::domain(std::string_view name) const { return find_domain(name); }

const Domain* ConfiguredBook::find_domain(std::string_view name) const {
    if (const auto* exact = find_in(domains_, name)) return exact;
    for (auto dot = name.find('.'); dot != std::string_view::npos; dot = name.find('.', dot + 1))
        if (const auto* above = find_in(domains_, name.substr(dot))) return above;
    return nullptr;
}

bool ConfiguredBook::is_own(const ip::Address& address) const {
    return std::ranges::find(own_addresses_, address.unmapped()) != own_addresses_.end();
}

addressing::Entry<Alias> ConfiguredBook::alias(std::string_view name) const {
    if (const auto* found = find_in(aliases_, name)) return found;
    // RFC 5321 §4.5.1: every domain of ours has a postmaster.
    if (name.starts_with("postmaster@") && !postmaster_.targets.empty() && !find_in(aliases_, "postmaster")) {
        const auto* rules = find_domain(name.substr(name.find('@') + 1));
        return rules && rules->is_relayed ? nullptr : &postmaster_;
    }
    return name == "root" ? &root_ : nullptr;
}

addressing::Entry<Alias> ConfiguredBook::pattern(std::string_view address) const {
    for (const auto& [pattern, to, place] : patterns_) {
        const auto groups = pattern.match(address);
        if (!groups) continue;
        Alias alias{{}, place};
        for (const auto& text : to) {
            auto target = addressing::parse_target(pattern::fill(text, *groups));
            const auto example = addressing::parse_target(pattern::fill(text, Groups(groups->size(), "x")));
            // Hostile: what was matched is a stranger's word. It makes an address, and a domain only for those who
            // may send anywhere.
            if (!target || !example || target->kind != Target::Kind::Address) continue;
            alias.is_senders_word = alias.is_senders_word ||
                                    smtp::domain_of(target->text) != smtp::domain_of(example->text) ||
                                    pattern::has_reference(smtp::domain_of(text));
            alias.targets.push_back(*std::move(target));
        }
        return alias;
    }
    return nullptr;
}

const std::vector<Target>* ConfiguredBook::members(std::string_view path) const { return find_in(members_, path); }

const std::uint64_t* ConfiguredBook::quota(std::string_view local_part, std::string_view domain) const {
    const auto* list = find_in(mailboxes_, domain);
    return list ? find_in(*list, local_part) : nullptr;
}

Existence ConfiguredBook::mailbox(std::string_view local_part, std::string_view domain) const {
    const auto* rules = find_domain(domain);
    const bool is_left_over = rules && !rules->has_users && rules->owner.empty() && rules->catch_all.empty();
    if (local_part == "postmaster" && is_left_over) return Existence::Yes;
    return quota(local_part, domain) ? Existence::Yes : Existence::No;
}

}  // namespace addressbook
