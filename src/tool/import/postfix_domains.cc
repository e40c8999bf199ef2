#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "addressing/aliases_file.h"
#include "addressing/target.h"
#include "import/postfix_parts.h"
#include "import/postfix_table.h"
#include "import/qmail_aliases.h"
#include "site/checks.h"
#include "site/mailbox_list.h"
#include "text/ascii.h"

namespace import {
namespace {

bool is_name_of_domain(const std::string& text) { return !text.contains('@') && !text.contains(':'); }

class Domains {
public:
    explicit Domains(const PostfixSite& site) : site_(site), out_(site.out) {}

    void run() {
        read_delimiters();
        add_destinations();
        add_virtual_alias_domains();
        add_virtual_mailbox_domains();
        add_relayed();
        add_virtual_aliases();
        add_alias_files();
        add_luser_relay();
    }

private:
    std::vector<TableEntry> elements(std::string_view name) {
        return expand_list(site_.list(name), site_.main.origin(name), site_.named, out_.report);
    }
    void read_delimiters();
    void add_destinations();
    void add_virtual_alias_domains();
    void add_virtual_mailbox_domains();
    void add_mailboxes();
    void add_relayed();
    void add_relayed_name(const std::string& name, const Origin& origin);
    void add_virtual_aliases();
    void add_virtual_alias(const TableEntry& entry);
    void add_whole_domain(const std::string& name, const TableEntry& entry);
    std::optional<std::vector<std::string>> targets_of(const TableEntry& entry);
    void add_alias_files();
    std::string flaw_of(const std::vector<addressing::Target>& targets);
    void add_alias_file(const File& file, std::vector<std::string>& files);
    void add_luser_relay();

    const PostfixSite& site_;
    Translation& out_;
    std::string delimiters_;
    std::vector<std::string> destinations_;
    std::set<std::string> aliased_;  // domains with aliases for single addresses
};

void Domains::read_delimiters() {
    delimiters_ = site_.value("recipient_delimiter");
    if (const auto flaw = site::delimiters_flaw(delimiters_); !flaw.empty()) {
        out_.report.add(site_.main.origin("recipient_delimiter"), "recipient_delimiter is not taken over: " + flaw);
        delimiters_.clear();
    }
}

void Domains::add_destinations() {
    auto names = elements("mydestination");
    const auto host = text::lower(site_.value("myhostname"));
    const bool has_host = std::ranges::any_of(names, [&](const auto& one) { return one.key == host; });
    if (!has_host && !host.empty()) {
        out_.report.add(site_.main.origin("mydestination"),
                        fmt::format("{} is not among the local domains; with us the host itself always is", host));
        names.push_back({host, {}, site_.main.origin("myhostname")});
    }
    for (const auto& [name, unused, origin] : names) {
        if (name == "localhost" || name.starts_with('[')) continue;  // always ours
        auto* domain = out_.draft.domain(name, origin, out_.report);
        if (!domain) continue;
        domain->set("delimiters", quoted(delimiters_));
        domain->set("instructions", "\"forward\"");
        destinations_.push_back(canonical_domain(name));
    }
}

void Domains::add_virtual_alias_domains() {
    for (const auto& [name, unused, origin] : elements("virtual_alias_domains")) {
        if (!is_name_of_domain(name) || (!name.contains('.') && name != "localhost")) continue;
        if (out_.draft.domains.contains(canonical_domain(name))) continue;
        auto* domain = out_.draft.domain(name, origin, out_.report);
        if (!domain) continue;
        domain->set("users", "false");
        domain->set("delimiters", quoted(delimiters_));
    }
}

void Domains::add_virtual_mailbox_domains() {
    bool is_any = false;
    for (const auto& [name, unused, origin] : elements("virtual_mailbox_domains")) {
        if (!is_name_of_domain(name) || out_.draft.domains.contains(canonical_domain(name))) continue;
        auto* domain = out_.draft.domain(name, origin, out_.report);
        if (!domain) continue;
        is_any = true;
        if (site_.mailboxes.empty()) {
            domain->set("users", "false");
            out_.report.add(origin, fmt::format("{} has virtual mailboxes, for which there is no file", name),
                            "name the file to write with --mailboxes");
        } else {
            domain->set("mailboxes", quoted(site_.mailboxes));
        }
        domain->set("delimiters", quoted(delimiters_));
    }
    if (is_any) add_mailboxes();
}

void Domains::add_mailboxes() {
    const auto origin = site_.main.origin("virtual_mailbox_maps");
    bool are_in_place = true;
    for (const auto& [key, value, from] :
         read_tables(site_.list("virtual_mailbox_maps"), origin, site_.named, out_.report)) {
        const auto at = key.rfind('@');
        const bool is_address = at != std::string::npos && at > 0;
        const auto domain = out_.draft.domains.find(canonical_domain(std::string_view(key).substr(at + 1)));
        const bool is_ours = is_address && domain != out_.draft.domains.end() &&
                             (domain->second.has("mailboxes") || site_.mailboxes.empty());
        if (!is_ours || !site::parse_mailbox_list(key, {})) {
            out_.report.add(from, fmt::format("\"{}\" is no address of a virtual mailbox", key.substr(0, 300)));
            continue;
        }
        are_in_place &= value == key.substr(at + 1) + "/" + key.substr(0, at) + "/";
        out_.mailboxes.push_back(key);
    }
    const auto base = site_.value("virtual_mailbox_base");
    if (are_in_place && site::absolute_path_flaw(base).empty())
        out_.draft.set("", "mail_directory", quoted(base), site_.main.origin("virtual_mailbox_base"));
    else
        out_.report.add(origin, "virtual mailboxes lie elsewhere with us: DOMAIN/LOCAL/ below mail_directory",
                        "move those that there are");
    out_.report.add(origin, "virtual mailboxes belong to a user of ours",
                    "give them to number process.uid_base + 15, or to hermod-deliver where there is that user");
    if (site_.main.is_set("virtual_transport"))
        out_.report.add(site_.main.origin("virtual_transport"), "virtual mailboxes are written by ourselves",
                        "for LMTP set relayed = true, and a [[route]] with next_hop = \"lmtp:…\"");
}

void Domains::add_relayed_name(const std::string& name, const Origin& origin) {
    if (out_.draft.domains.contains(canonical_domain(name))) return;
    if (auto* domain = out_.draft.domain(name, origin, out_.report)) domain->set("relayed", "true");
}

void Domains::add_relayed() {
    const auto parents = site_.list("parent_domain_matches_subdomains");
    const bool has_subdomains = std::ranges::find(parents, "relay_domains") != parents.end();
    for (const auto& [name, unused, origin] : elements("relay_domains")) {
        add_relayed_name(name, origin);
        if (has_subdomains && !name.starts_with('.')) add_relayed_name("." + name, origin);
    }
    if (!site_.value("relay_recipient_maps").empty())
        out_.report.add_foreseen(site_.main.origin("relay_recipient_maps"),
                                 "recipients in relayed domains are not looked up: all of them are taken");
}

std::optional<std::vector<std::string>> Domains::targets_of(const TableEntry& entry) {
    const auto origin_domain = text::lower(site_.value("myorigin"));
    const bool needs_domain = origin_domain != text::lower(site_.value("myhostname"));
    std::vector<std::string> targets;
    for (const auto& text : list_of(entry.value)) {
        auto target = addressing::parse_target(text);
        if (!target || target->kind != addressing::Target::Kind::Address) {
            out_.report.add(entry.origin, fmt::format("{} leads to \"{}\", which is no address", entry.key, text));
            return std::nullopt;
        }
        if (!target->text.contains('@') && needs_domain) target->text += "@" + origin_domain;
        targets.push_back(target->text);
    }
    if (targets.empty()) {
        out_.report.add(entry.origin, fmt::format("{} leads nowhere", entry.key));
        return std::nullopt;
    }
    return targets;
}

/// "@example.org": all of a domain.
void Domains::add_whole_domain(const std::string& name, const TableEntry& entry) {
    const auto found = out_.draft.domains.find(name);
    if (found == out_.draft.domains.end())
        return out_.report.add(entry.origin, fmt::format("{} is no domain of ours; its mail is not caught", name));
    auto& domain = found->second;
    if (domain.has("catch_all") || domain.has("same_as"))
        return out_.report.add(entry.origin, fmt::format("@{} stands there twice; the first counts", name));
    if (entry.value.starts_with('@')) {
        const auto other = canonical_domain(std::string_view(entry.value).substr(1));
        const bool has_aliases = aliased_.contains(name);
        const bool is_plain = !domain.has("mailboxes") && !domain.has("relayed");
        if (!out_.draft.domains.contains(other) || other == name || has_aliases || !is_plain)
            return out_.report.add(entry.origin,
                                   fmt::format("all of {} as {} takes two domains of ours, and no other aliases", name,
                                               other.empty() ? entry.value : other),
                                   "write an alias for each address");
        domain.settings = {{.key = "same_as", .value = quoted(other), .origin = entry.origin}};
        return;
    }
    auto targets = targets_of(entry);
    if (!targets) return;
    if (domain.has("relayed"))
        return out_.report.add(entry.origin, fmt::format("{} is relayed; it has no catch-all", name));
    if (!domain.has("users"))
        out_.report.add(entry.origin,
                        fmt::format("@{} caught mail for those who have a mailbox there too; they get it now", name));
    if (auto value = catch_all_of(out_.draft, "all." + name, *std::move(targets), entry.origin, out_.report))
        domain.set("catch_all", *std::move(value), entry.origin);
}

void Domains::add_virtual_alias(const TableEntry& entry) {
    const auto at = entry.key.rfind('@');
    const bool is_domain_alone =
        at == std::string::npos && entry.key.contains('.') && out_.draft.domains.contains(canonical_domain(entry.key));
    if (is_domain_alone) return;
    if (at != std::string::npos && !out_.draft.domains.contains(canonical_domain(entry.key.substr(at + 1))))
        return out_.report.add(entry.origin,
                               fmt::format("{} is of no domain of ours, so no alias of it is looked at", entry.key));
    if (at != std::string::npos) aliased_.insert(canonical_domain(std::string_view(entry.key).substr(at + 1)));
    if (auto targets = targets_of(entry))
        add_alias(out_.draft, entry.key, *std::move(targets), entry.origin, out_.report);
}

void Domains::add_virtual_aliases() {
    const auto entries = read_tables(site_.list("virtual_alias_maps"), site_.main.origin("virtual_alias_maps"),
                                     site_.named, out_.report);
    for (const auto& entry : entries)
        if (!entry.key.starts_with('@')) add_virtual_alias(entry);
    for (const auto& entry : entries)
        if (entry.key.starts_with('@'))
            add_whole_domain(canonical_domain(std::string_view(entry.key).substr(1)), entry);
}

/// What keeps an alias from being one of ours; empty: nothing.
std::string Domains::flaw_of(const std::vector<addressing::Target>& targets) {
    using Kind = addressing::Target::Kind;
    for (const auto& target : targets) {
        if (target.kind == Kind::Program || target.kind == Kind::File || target.kind == Kind::Folder)
            return addressing::to_text(target) + " is no address";
        if (target.kind == Kind::Include && !site_.named(target.text)) return target.text + " cannot be read";
    }
    return {};
}

/// A file that `hermod check` is content with is named; of another one the good aliases are taken.
void Domains::add_alias_file(const File& file, std::vector<std::string>& files) {
    const auto parsed = addressing::parse_aliases(file.text);
    for (const auto& [line, problem] : parsed.errors) out_.report.add({file.path, line}, problem, "it is left out");
    std::vector<const addressing::AliasLine*> good;
    for (const auto& alias : parsed.aliases) {
        const auto flaw = flaw_of(alias.targets);
        if (flaw.empty())
            good.push_back(&alias);
        else
            out_.report.add({file.path, alias.line}, fmt::format("{}: {}", alias.name, flaw),
                            "it is left out; lead it to a user whose .forward does it");
    }
    if (parsed.errors.empty() && good.size() == parsed.aliases.size()) return files.push_back(file.path);
    for (const auto* alias : good) {
        std::vector<std::string> targets;
        for (const auto& target : alias->targets) targets.push_back(addressing::to_text(target));
        add_alias(out_.draft, alias->name, std::move(targets), {file.path, alias->line}, out_.report);
    }
}

void Domains::add_alias_files() {
    const auto origin = site_.main.origin("alias_maps");
    std::vector<std::string> files;
    for (const auto& table : site_.list("alias_maps")) {
        const auto path = text_of_table(table);
        if (!path) {
            out_.report.add(origin, fmt::format("the table {} is not read", table));
            continue;
        }
        const auto file = site_.named(*path);
        if (file)
            add_alias_file(*file, files);
        else
            out_.report.add(origin, fmt::format("{} cannot be read: {}", *path, file.error()));
    }
    if (!files.empty()) out_.draft.set("", "alias_files", quoted(files), origin);
}

void Domains::add_luser_relay() {
    if (!site_.main.is_set("luser_relay")) return;
    const auto origin = site_.main.origin("luser_relay");
    const auto written = site_.main.parameters().find("luser_relay")->second.value;
    if (written.empty()) return;
    const bool reaches_smtp = site_.main.is_set("local_recipient_maps") && site_.value("local_recipient_maps").empty();
    if (!reaches_smtp)
        return out_.report.add(origin, "mail for nobody is refused at RCPT, as local_recipient_maps had it",
                               "set catch_all in the domains to take it");
    if (written.contains('$') || !site::recipient_or_empty_flaw(written).empty())
        return out_.report.add(origin, fmt::format("\"{}\" is no user or address", written.substr(0, 300)));
    for (const auto& name : destinations_)
        if (auto& domain = out_.draft.domains[name]; !domain.has("catch_all") && !domain.has("same_as"))
            domain.set("catch_all", quoted(written), origin);
}

}  // namespace

void translate_domains(const PostfixSite& site) { Domains(site).run(); }

}  // namespace import
