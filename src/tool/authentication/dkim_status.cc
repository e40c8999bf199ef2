// `hermod dkim status`: which keys there are, how far they are, and what is to be done next.

#include <fmt/format.h>

#include <boost/json.hpp>

#include "authentication/dkim_rotate.h"
#include "check/signing_site.h"
#include "dkim/key_record.h"
#include "lang/try.h"
#include "text/idna.h"

namespace authentication {
namespace {

namespace json = boost::json;
using signing_keys::Key;
using signing_keys::Keys;

struct DomainKeys {
    std::string domain;
    Keys keys;
};

std::expected<std::vector<DomainKeys>, std::string> kept(const check::SigningSite& site, const std::string& wanted) {
    std::vector<DomainKeys> all;
    const auto folder = TRY(check::open_key_folder(site));
    if (!folder) return all;
    for (const auto& domain : TRY(folder->domains())) {
        if (!wanted.empty() && text::to_a_labels(wanted) != domain) continue;
        auto keys = TRY(folder->keys(domain));
        all.push_back({domain, std::move(keys)});
    }
    return all;
}

std::string since(const Key& key) {
    using enum signing_keys::State;
    switch (state_of(key)) {
        case Made: return signing_keys::time_text(key.made);
        case Seen: return signing_keys::time_text(key.seen);
        case Used: return signing_keys::time_text(key.used);
        case Retired: return signing_keys::time_text(key.retired);
        case Revoked: return signing_keys::time_text(key.revoked);
    }
    return "";
}

void print(const check::SigningSite& site, const std::vector<DomainKeys>& all, std::int64_t now) {
    if (!site.dkim.sign) fmt::print("No mail is signed: [dkim] sign is false\n");
    for (const auto& [domain, keys] : all) {
        fmt::print("{}\n", domain);
        for (const auto& key : keys)
            fmt::print("  {:24} {:14}  {} since {}\n", key.selector, to_text(dkim::algorithm_of(key.kind)),
                       to_text(state_of(key)), since(key));
        fmt::print("  next: {}\n", signing_keys::next_step(domain, keys, site.terms(), now));
    }
    for (const auto& named : site.dkim.keys)
        fmt::print("{}\n  {:24} in {}, as the configuration has it\n", named.domain, named.selector, named.key);
    if (all.empty() && site.dkim.keys.empty())
        fmt::print("There are no keys: `hermod dkim rotate DOMAIN` makes some\n");
}

json::object key_json(const std::string& domain, const Key& key) {
    return {{"selector", key.selector},
            {"algorithm", to_text(dkim::algorithm_of(key.kind))},
            {"state", to_text(state_of(key))},
            {"made", key.made},
            {"seen", key.seen},
            {"used", key.used},
            {"retired", key.retired},
            {"revoked", key.revoked},
            {"name", record_name(domain, key)},
            {"record", record_of(key)}};
}

void print_json(const check::SigningSite& site, const std::vector<DomainKeys>& all, std::int64_t now) {
    json::array domains;
    for (const auto& [domain, keys] : all) {
        json::array listed;
        for (const auto& key : keys) listed.push_back(key_json(domain, key));
        domains.push_back(json::object{{"domain", domain},
                                       {"keys", std::move(listed)},
                                       {"next", signing_keys::next_step(domain, keys, site.terms(), now)}});
    }
    json::array files;
    for (const auto& named : site.dkim.keys)
        files.push_back(json::object{{"domain", named.domain}, {"selector", named.selector}, {"file", named.key}});
    const json::object whole{{"sign", site.dkim.sign}, {"domains", std::move(domains)}, {"files", std::move(files)}};
    fmt::print("{}\n", json::serialize(whole));
}

}  // namespace

int show_keys(const StatusQuestion& question) {
    const auto site = check::signing_site(question.configuration);
    if (!site) return refuse("dkim", site.error());
    const auto all = kept(*site, question.domain);
    if (!all) return refuse("dkim", all.error());
    if (question.json)
        print_json(*site, *all, question.now.seconds());
    else
        print(*site, *all, question.now.seconds());
    return 0;
}

}  // namespace authentication
