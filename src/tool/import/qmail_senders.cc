// What qmail's SPF and SRS patches are told: whether senders are checked, and rewritten.
#include <fmt/format.h>

#include "import/numbers.h"
#include "import/qmail_parts.h"
#include "site/spf.h"

namespace import {
namespace {

constexpr std::string_view table = "spf";

struct TextRule {
    std::string_view name;
    std::string_view key;
    std::string (*flaw)(const std::string&);
};

// Of two names for the same the later one counts.
constexpr TextRule texts[] = {
    {"spfrules", "local_rules", site::spf_rules_flaw},     {"spflocalrules", "local_rules", site::spf_rules_flaw},
    {"spfguess", "guess", site::spf_rules_flaw},           {"spfexplain", "explanation", site::spf_explanation_flaw},
    {"spfexp", "explanation", site::spf_explanation_flaw},
};

void translate_texts(const QmailSite& site, Translation& out) {
    for (const auto& [name, key, flaw_of] : texts) {
        const File* file = site.find(std::string(name));
        if (!file || first_line(*file).empty()) continue;
        const Origin origin{file->path, 1};
        const std::string text(first_line(*file));
        if (const auto flaw = flaw_of(text); !flaw.empty())
            out.report.add(origin, flaw, fmt::format("set spf.{}", key));
        else
            out.draft.set(std::string(table), std::string(key), quoted(text), origin);
    }
}

void translate_behavior(const QmailSite& site, Translation& out) {
    const File* file = site.find("spfbehavior");
    if (!file || first_line(*file).empty()) return;
    const Origin origin{file->path, 1};
    const std::string number(first_line(*file));
    if (config::Text<site::SpfBehavior>::parse(number) && number.size() == 1)
        out.draft.set(std::string(table), "behavior", number, origin);
    else
        out.report.add(origin, fmt::format("\"{}\" is no behavior from 0 to 6", number.substr(0, 100)),
                       "set spf.behavior");
}

void translate_rewriting(const QmailSite& site, Translation& out) {
    if (const File* file = site.find("srs_domain"); file && !first_line(*file).empty()) {
        const Origin origin{file->path, 1};
        if (const auto domain = canonical_domain(first_line(*file)); !domain.empty() && !domain.starts_with('.')) {
            out.draft.set("srs", "rewrite", quoted("always"), origin);
            out.draft.set("srs", "domain", quoted(domain), origin);
        } else {
            out.report.add(origin, "is no domain", "set srs.domain");
        }
    }
    if (const File* file = site.find("srs_secrets"); file && !file->text.empty())
        out.report.add({file->path}, "is not read; without it bounces to what was rewritten before do not come back",
                       "make it readable by root alone, and set srs.secret_file to it");
}

}  // namespace

void translate_senders(const QmailSite& site, Translation& out) {
    translate_behavior(site, out);
    translate_texts(site, out);
    translate_rewriting(site, out);
}

}  // namespace import
