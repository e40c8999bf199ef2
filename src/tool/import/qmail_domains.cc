#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

#include "import/qmail_aliases.h"
#include "import/qmail_parts.h"
#include "site/checks.h"
#include "text/ascii.h"

namespace import {
namespace {

/// A line of virtualdomains: "user@domain:prepend", "domain:prepend", ".domain:prepend", ":prepend".
struct Virtual {
    std::string user;  // of a single address
    std::string domain;
    std::string prepend;  // empty: an exception, which is not virtual
    Origin origin;
};

std::vector<Virtual> virtuals_of(const QmailSite& site, Report& report) {
    std::vector<Virtual> found;
    const File* file = site.find("virtualdomains");
    if (!file) return found;
    for (const auto& line : lines_of(*file, report)) {
        const auto colon = line.text.find(':');
        if (colon == std::string_view::npos) {
            report.add(line.origin, "has no \":\", and is passed over");
            continue;
        }
        const auto key = line.text.substr(0, colon);
        const auto at = key.rfind('@');
        found.push_back({.user = text::lower(at == std::string_view::npos ? "" : key.substr(0, at)),
                         .domain = text::lower(at == std::string_view::npos ? key : key.substr(at + 1)),
                         .prepend = text::lower(line.text.substr(colon + 1)),
                         .origin = line.origin});
    }
    return found;
}

class Domains {
public:
    Domains(const QmailSite& site, const QmailUsers& users, Translation& out)
        : site_(site), users_(users), out_(out), virtuals_(virtuals_of(site, out.report)) {}

    void run() {
        read_accepted("rcpthosts");
        read_accepted("morercpthosts");
        add_locals();
        for (const auto& rule : virtuals_) note_wildcard(rule);
        for (const auto& rule : virtuals_)
            if (rule.user.empty()) add_virtual(rule);
        for (const auto& rule : virtuals_)
            if (!rule.user.empty()) add_single(rule);
        add_relayed();
        report_what_is_accepted_now();
    }

private:
    void read_accepted(const std::string& name);
    void add_locals();
    void add_local(std::string_view name, const Origin& origin);
    void note_wildcard(const Virtual& rule);
    void add_virtual(const Virtual& rule);
    void add_exception(const Virtual& rule);
    void add_owned(const std::string& name, const Virtual& rule);
    void add_of_alias(const std::string& name, const QmailUsers::Owner& owner, const Virtual& rule);
    void add_single(const Virtual& rule);
    void add_relayed();
    void report_what_is_accepted_now();
    bool was_accepted(std::string_view domain) const;
    bool is_virtual_by_wildcard(std::string_view domain) const;
    const Virtual* catch_all() const;

    const QmailSite& site_;
    const QmailUsers& users_;
    Translation& out_;
    const std::vector<Virtual> virtuals_;
    std::map<std::string, Origin, std::less<>> accepted_;  // rcpthosts
    std::set<std::string> locals_;
    std::set<std::string, std::less<>> virtual_wildcards_;
    std::set<std::string, std::less<>> exceptions_;  // from virtual domains
};

void Domains::read_accepted(const std::string& name) {
    const File* file = site_.find(name);
    if (!file) {
        if (name == "rcpthosts")
            out_.report.add({site_.folder}, "without control/rcpthosts qmail relayed for everybody; we do not",
                            "set relay.networks to those who may");
        return;
    }
    for (const auto& line : lines_of(*file, out_.report)) {
        auto domain = canonical_domain(line.text);
        if (domain.empty())
            out_.report.add(line.origin, fmt::format("\"{}\" is no domain, and is left out", line.text.substr(0, 300)));
        else
            accepted_.emplace(std::move(domain), line.origin);
    }
}

bool Domains::was_accepted(std::string_view domain) const {
    if (accepted_.empty() && !site_.find("rcpthosts")) return true;
    if (accepted_.contains(domain)) return true;
    for (auto dot = domain.find('.', 1); dot != std::string_view::npos; dot = domain.find('.', dot + 1))
        if (accepted_.contains(domain.substr(dot))) return true;
    return false;
}

void Domains::add_local(std::string_view name, const Origin& origin) {
    auto* domain = out_.draft.domain(name, origin, out_.report);
    if (!domain) return;
    domain->set("delimiters", "\"-\"");
    domain->set("instructions", "\"qmail\"");
    locals_.insert(canonical_domain(name));
}

void Domains::add_locals() {
    const auto host = host_of(site_);
    const File* file = site_.find("locals");
    if (!file) {
        if (!host.empty()) add_local(host, {site_.find("me")->path, 1});
        return;
    }
    for (const auto& line : lines_of(*file, out_.report))
        if (!text::equal_ignoring_case(line.text, "localhost")) add_local(line.text, line.origin);
    if (host.empty() || locals_.contains(host)) return;
    // Owners of virtual domains are users of the host itself.
    out_.report.add({file->path},
                    fmt::format("{} is not among the local domains; with us the host itself always is", host));
    add_local(host, {site_.find("me")->path, 1});
}

void Domains::note_wildcard(const Virtual& rule) {
    if (!rule.user.empty()) return;
    if (rule.domain.starts_with('.') && !rule.prepend.empty()) virtual_wildcards_.insert(rule.domain);
    if (!rule.domain.empty() && rule.prepend.empty()) exceptions_.emplace(canonical_domain(rule.domain));
}

void Domains::add_virtual(const Virtual& rule) {
    if (rule.domain.empty()) return;  // ":prepend" comes last
    const auto name = canonical_domain(rule.domain);
    if (out_.draft.domains.contains(name) && !locals_.contains(name))
        return out_.report.add(rule.origin, rule.domain + " stands there twice; the first counts");
    if (rule.prepend.empty()) return add_exception(rule);
    if (locals_.contains(name))
        return out_.report.add(rule.origin, rule.domain + " is in locals too, which counts; this line is left out");
    add_owned(rule.domain, rule);
}

/// "domain:": as if nothing were said of it. Below no virtual domain it has its turn with rcpthosts.
void Domains::add_exception(const Virtual& rule) {
    if (!is_virtual_by_wildcard(rule.domain)) return;
    auto* domain = out_.draft.domain(rule.domain, rule.origin, out_.report);
    if (!domain) return;
    domain->set("relayed", "true");
    if (!was_accepted(rule.domain))
        out_.report.add(rule.origin, rule.domain + " was relayed for our own clients only, and is now for everybody");
}

void Domains::add_owned(const std::string& name, const Virtual& rule) {
    const auto owner = users_.owner_of(rule.prepend);
    if (owner.is_alias) return add_of_alias(name, owner, rule);
    auto* domain = out_.draft.domain(name, rule.origin, out_.report);
    if (!domain) return;
    if (owner.home.contains("/domains/") || owner.home.contains("vpopmail")) {
        domain->set("users", "false");
        return out_.report.add(rule.origin,
                               fmt::format("the mailboxes of {} are below {}, as vpopmail has them", name, owner.home),
                               "list its addresses in a file, one a line, and set mailboxes to it");
    }
    if (const auto flaw = site::user_or_empty_flaw(owner.user); !flaw.empty()) {
        domain->set("users", "false");
        return out_.report.add(rule.origin, fmt::format("\"{}\" owns {}: {}", owner.user, name, flaw));
    }
    domain->set("owner", quoted(owner.user));
    domain->set("delimiters", "\"\"");
}

/// Its addresses are files of ~alias: "dom:alias-dom" and .qmail-dom-info make info@dom.
void Domains::add_of_alias(const std::string& name, const QmailUsers::Owner& owner, const Virtual& rule) {
    auto* domain = out_.draft.domain(name, rule.origin, out_.report);
    if (!domain) return;
    domain->set("users", "false");
    const auto prefix = owner.extension.empty() ? "" : owner.extension + "-";
    const bool is_wildcard = name.starts_with('.');
    if (is_wildcard) {
        out_.report.add(rule.origin, "aliases for all below a domain can only be its catch_all",
                        fmt::format("write aliases for the domains there are, from the files .qmail-{}*", prefix));
    } else {
        const bool has_extensions = add_alias_files(site_, prefix, canonical_domain(name), out_);
        domain->set("delimiters", has_extensions ? "\"-\"" : "\"\"");
    }
    const auto* file = users_.default_file(owner.extension);
    if (!file) return;
    auto targets = targets_of(*file, out_.report);
    if (!targets) return;
    const Origin origin{file->file.path};
    if (auto value = catch_all_of(out_.draft, extension_of(file->file.path.substr(file->file.path.rfind('/') + 1)),
                                  *std::move(targets), origin, out_.report))
        domain->set("catch_all", *std::move(value), origin);
}

void Domains::add_single(const Virtual& rule) {
    const auto address = rule.user + "@" + rule.domain;
    if (rule.prepend.empty())
        return out_.report.add(rule.origin, fmt::format("{} is an exception that goes to another server", address),
                               "give it an alias that leads to an address of that server's own");
    const auto owner = users_.owner_of(rule.prepend);
    std::vector<std::string> targets{owner.user + "-" + rule.user};
    auto origin = rule.origin;
    if (owner.is_alias) {
        const auto* file = users_.alias_file(owner.extension.empty() ? rule.user : owner.extension + "-" + rule.user);
        auto forwards = file ? targets_of(*file, out_.report) : std::nullopt;
        if (!forwards) return out_.report.add(rule.origin, address + " has no forward in ~alias, and is refused");
        targets = *std::move(forwards);
        origin = {file->file.path};
    }
    add_alias(out_.draft, address, std::move(targets), origin, out_.report);
    if (!was_accepted(rule.domain))
        out_.report.add(
            rule.origin, fmt::format("{} is no domain of ours, so its alias is not looked at", rule.domain),
            fmt::format("set relayed = true in [domains.{}], which relays to it for everybody", quoted(rule.domain)));
}

bool Domains::is_virtual_by_wildcard(std::string_view domain) const {
    for (auto dot = domain.find('.'); dot != std::string_view::npos; dot = domain.find('.', dot + 1))
        if (virtual_wildcards_.contains(domain.substr(dot))) return true;
    return false;
}

const Virtual* Domains::catch_all() const {
    const auto found = std::ranges::find_if(virtuals_, [](const Virtual& rule) {
        return rule.user.empty() && rule.domain.empty() && !rule.prepend.empty();
    });
    return found == virtuals_.end() ? nullptr : &*found;
}

/// What qmail accepts and is neither local nor virtual it relays; with ":prepend" there is no such domain.
void Domains::add_relayed() {
    const auto* all = catch_all();
    if (all)
        out_.report.add(all->origin, fmt::format("mail of our clients to any other domain went to {}", all->prepend),
                        "it goes out now; set [[route]] domain = \"*\" to the host that is to have it");
    for (const auto& [name, origin] : accepted_) {
        const bool is_exception = exceptions_.contains(name);
        if (name == "localhost" || out_.draft.domains.contains(name)) continue;
        if (is_virtual_by_wildcard(name) && !is_exception) continue;
        if (all && !is_exception) {
            add_owned(name, *all);
            continue;
        }
        if (auto* domain = out_.draft.domain(name, origin, out_.report)) domain->set("relayed", "true");
    }
}

void Domains::report_what_is_accepted_now() {
    for (const auto& [name, domain] : out_.draft.domains)
        if (name != host_of(site_) && !was_accepted(name))
            out_.report.add(domain.origin,
                            name + " is not in rcpthosts: qmail took no mail for it from outside, and we do");
}

void translate_percenthack(const QmailSite& site, Translation& out) {
    const File* file = site.find("percenthack");
    if (!file) return;
    std::vector<std::string> domains;
    for (const auto& line : lines_of(*file, out.report)) {
        if (auto domain = canonical_domain(line.text); !domain.empty() && !domain.starts_with('.'))
            domains.push_back(std::move(domain));
        else
            out.report.add(line.origin, fmt::format("\"{}\" is no domain, and is left out", line.text.substr(0, 300)));
    }
    out.report.add({file->path},
                   "mail of strangers for user%elsewhere@here is refused; those who may relay can send it");
    if (!domains.empty()) out.draft.set("", "percent_domains", quoted(domains), {file->path});
}

}  // namespace

void translate_domains(const QmailSite& site, const QmailUsers& users, Translation& out) {
    Domains(site, users, out).run();
    translate_percenthack(site, out);
}

}  // namespace import
