#include <fmt/format.h>

#include "import/qmail_parts.h"
#include "site/checks.h"
#include "text/ascii.h"

namespace import {
namespace {

Origin origin_of(const File& file) { return {file.path, 1}; }

/// A file that has the host's own name as default, and for which there is no setting of ours.
struct NameRule {
    std::string_view file;
    std::string_view what;  // "\"{}\" …"
};

constexpr NameRule fixed_names[] = {
    {"helohost", "we greet other servers as the host that we are, not as {}"},
    {"bouncehost", "notifications come from MAILER-DAEMON at the host's own name, not at {}"},
    {"envnoathost", "addresses without a domain are of the host itself, not of {}"},
    {"defaulthost", "addresses without a domain are of the host itself, not of {}"},
    {"idhost", "Message-IDs that we make end in the host's own name, not in {}"},
    {"localiphost", "mail for an address of this machine (user@[192.0.2.1]) is for its own users, not those of {}"},
};

void report_other_names(const QmailSite& site, std::string_view host, Report& report) {
    for (const auto& [name, what] : fixed_names) {
        const File* file = site.find(std::string(name));
        if (!file || text::equal_ignoring_case(first_line(*file), host)) continue;
        report.add(origin_of(*file), fmt::format(fmt::runtime(what), first_line(*file)));
    }
    for (const auto* name : {"defaultdomain", "plusdomain"}) {
        const File* file = site.find(name);
        if (!file || first_line(*file).empty()) continue;
        report.add(origin_of(*file), fmt::format("names without a dot are not completed by {}", first_line(*file)),
                   "programs on this machine must write whole addresses");
    }
    if (const File* file = site.find("smtpgreeting"); file && !text::equal_ignoring_case(first_line(*file), host))
        report.add(origin_of(*file), "our greeting is the host's name, and nothing else");
    if (const File* file = site.find("bouncefrom"))
        report.add(origin_of(*file), "notifications come from MAILER-DAEMON");
}

void translate_double_bounces(const QmailSite& site, std::string_view host, Translation& out) {
    const File* to = site.find("doublebounceto");
    const File* at = site.find("doublebouncehost");
    if (!to && !at) return;
    std::string address(to ? first_line(*to) : "postmaster");
    if (address.contains('@')) address.clear();  // s/qmail: nobody is told
    if (!address.empty() && at && !text::equal_ignoring_case(first_line(*at), host))
        address += fmt::format("@{}", first_line(*at));
    const auto origin = origin_of(to ? *to : *at);
    if (const auto flaw = site::recipient_or_empty_flaw(address); !flaw.empty())
        return out.report.add(origin, fmt::format("\"{}\" is not taken over: {}", address, flaw));
    out.draft.set("queue", "double_bounce_to", quoted(address), origin);
}

/// What qmail-start is given: "./Maildir/" or "./Mailbox".
void translate_default_delivery(const QmailSite& site, Translation& out) {
    const File* file = site.find("defaultdelivery");
    if (!file)
        return out.report.add({site.folder}, "there is no control/defaultdelivery: users keep their mail in ~/Maildir",
                              "look at the argument of qmail-start, and set local.mailbox if it is an mbox");
    auto path = std::string(first_line(*file));
    const bool is_maildir = path.ends_with('/');
    while (path.ends_with('/')) path.pop_back();
    if (path.starts_with("./")) path.erase(0, 2);
    if (!site::relative_path_flaw(path).empty() || path.starts_with('|') || path.starts_with('.'))
        return out.report.add(origin_of(*file),
                              fmt::format("\"{}\" is no Maildir or mbox in a home", first_line(*file)),
                              "mail goes to ~/Maildir");
    out.draft.set("local", "mailbox", is_maildir ? "\"maildir\"" : "\"mbox\"", origin_of(*file));
    out.draft.set("local", is_maildir ? "maildir" : "mbox", quoted(path), origin_of(*file));
}

}  // namespace

std::string host_of(const QmailSite& site) {
    const File* me = site.find("me");
    auto host = me ? text::lower(first_line(*me)) : "";
    return host.empty() || !site::host_name_flaw(host).empty() ? "" : host;
}

void translate_names(const QmailSite& site, Translation& out) {
    const auto host = host_of(site);
    const File* me = site.find("me");
    if (!host.empty())
        out.draft.set("", "hostname", quoted(host), origin_of(*me));
    else
        out.report.add(me ? origin_of(*me) : Origin{site.folder}, "there is no usable host name in control/me",
                       "set hostname = \"mail.example.org\"");
    out.draft.listeners.push_back({.key = "address", .value = "\"0.0.0.0:25\"", .origin = {}});
    report_other_names(site, host, out.report);
    translate_double_bounces(site, host, out);
    translate_default_delivery(site, out);
}

}  // namespace import
