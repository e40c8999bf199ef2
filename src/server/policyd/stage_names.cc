// The names that the client has by the DNS, as spamdyke and Postfix look at them: none; names that lead nowhere, or to
// somebody else (FCrDNS); names made of the address.

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "dns/reverse.h"
#include "policyd/lookups.h"
#include "policyd/stage.h"
#include "screening/address_in_name.h"

namespace policyd {
namespace {

constexpr std::size_t most_names = 5;

enum class Back : std::uint8_t { Unknown, Nowhere, Elsewhere, Here };

/// Where a name of the client leads.
net::Task<Back> way_back(const Scene& scene, const dns::Name& name) {
    const auto own = scene.client.is_v4() ? dns::Type::A : dns::Type::Aaaa;
    const auto answer = co_await scene.ask(name, own);
    if (!answer.is_usable()) co_return Back::Unknown;
    const auto is_client = [&](const dns::Record& record) {
        const auto* host = std::get_if<dns::Host>(&record.value);
        return host && host->address == scene.client;
    };
    if (std::ranges::any_of(answer.records, is_client)) co_return Back::Here;
    if (answer.has_records()) co_return Back::Elsewhere;
    const auto other = co_await scene.ask(name, scene.client.is_v4() ? dns::Type::Aaaa : dns::Type::A);
    if (!other.is_usable()) co_return Back::Unknown;
    co_return other.has_records() ? Back::Elsewhere : Back::Nowhere;
}

/// The best of them: it is enough that one leads back.
net::Task<Back> way_back(const Scene& scene, const std::vector<dns::Name>& names) {
    auto best = Back::Nowhere;
    bool is_unknown = false;
    for (const auto& name : names) {
        const auto one = co_await way_back(scene, name);
        if (one == Back::Here) co_return one;
        is_unknown = is_unknown || one == Back::Unknown;
        best = std::max(best, one);
    }
    co_return is_unknown ? Back::Unknown : best;
}

bool is_suspicious(const site::AddressInName& settings, const std::string& name, const ip::Address& client) {
    if (!screening::has_address(name, client)) return false;
    const auto has = [&](const std::string& keyword) {
        return screening::matches(screening::parse_keyword(keyword), name);
    };
    if (std::ranges::any_of(settings.not_keywords, has)) return false;
    return settings.keywords.empty() || std::ranges::any_of(settings.keywords, has) ||
           (settings.countries && screening::is_in_country(name));
}

Finding found(std::string_view stage, const site::ScreeningStage& set, std::string reason) {
    return {.stage = std::string(stage),
            .reason = std::move(reason),
            .action = set.action,
            .score = set.score,
            .code = "7.25"};
}

bool is_on(const site::ScreeningStage& stage) { return stage.action != site::ScreeningAction::Off; }

}  // namespace

net::Task<dns::Answer> Scene::ask(dns::Name name, dns::Type type) const {
    return ask_until(resolver, {std::move(name), type}, last_moment);
}

net::Task<ReverseNames> reverse_names(const Scene& scene) {
    const auto answer = co_await scene.ask(dns::reverse_name(scene.client), dns::Type::Ptr);
    ReverseNames found{.is_known = answer.is_usable(), .names = {}};
    if (!found.is_known) co_return found;
    for (const auto& record : answer.records) {
        const auto* alias = std::get_if<dns::Alias>(&record.value);
        if (alias && alias->target.is_host_name() && found.names.size() < most_names)
            found.names.push_back(alias->target);
    }
    co_return found;
}

// RFC 7372 §3.1 has the code for what is refused by reverse names.
net::Task<Findings> look_at_names(const Scene& scene) {
    const auto& set = scene.settings;
    Findings findings;
    const bool asks_back = is_on(set.unresolved_name) || is_on(set.unconfirmed_name);
    if (!asks_back && !is_on(set.no_name) && !is_on(set.address_in_name)) co_return findings;
    const auto [is_known, names] = co_await reverse_names(scene);
    const auto client = ip::to_text(scene.client);
    if (is_known && names.empty() && is_on(set.no_name))
        findings.push_back(found("no_name", set.no_name, fmt::format("{} has no reverse name", client)));
    if (names.empty()) co_return findings;
    if (is_on(set.address_in_name))
        for (const auto& name : names)
            if (is_suspicious(set.address_in_name, to_text(name), scene.client)) {
                findings.push_back(found("address_in_name", set.address_in_name,
                                         fmt::format("{} is a name made of the address {}", to_text(name), client)));
                break;
            }
    const auto back = asks_back ? co_await way_back(scene, names) : Back::Here;
    const auto first = to_text(names.front());
    if (back == Back::Nowhere && is_on(set.unresolved_name))
        findings.push_back(found("unresolved_name", set.unresolved_name,
                                 fmt::format("{}, the reverse name of {}, has no address", first, client)));
    else if ((back == Back::Nowhere || back == Back::Elsewhere) && is_on(set.unconfirmed_name))
        findings.push_back(found("unconfirmed_name", set.unconfirmed_name,
                                 fmt::format("{}, the reverse name of {}, does not lead back to it", first, client)));
    co_return findings;
}

}  // namespace policyd
