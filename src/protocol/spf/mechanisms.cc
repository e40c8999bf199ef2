// What each mechanism finds. RFC 7208 §5.
#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "dns/reverse.h"
#include "lang/try.h"
#include "spf/evaluation.h"

namespace spf {
namespace {

std::vector<dns::Mx> exchangers_in(const dns::Answer& answer) {
    std::vector<dns::Mx> exchangers;
    for (const auto& record : answer.records)
        if (const auto* mx = std::get_if<dns::Mx>(&record.value)) exchangers.push_back(*mx);
    std::ranges::sort(exchangers, {}, [](const dns::Mx& mx) { return std::pair(mx.preference, mx.exchange); });
    return exchangers;
}

std::vector<dns::Name> names_in(const dns::Answer& answer) {
    std::vector<dns::Name> names;
    for (const auto& record : answer.records)
        if (const auto* alias = std::get_if<dns::Alias>(&record.value); alias && names.size() < most_client_names)
            names.push_back(alias->target);
    return names;
}

// §7.3 "p": the domain itself, a name below it, any name
std::vector<dns::Name> best_first(const std::vector<dns::Name>& names, const std::optional<dns::Name>& preferred,
                                  bool is_only_below) {
    std::vector<dns::Name> best, below, others;
    for (const auto& name : names) {
        const bool is_below = preferred && name.is_below(*preferred);
        (!is_below ? others : name == *preferred ? best : below).push_back(name);
    }
    best.insert(best.end(), below.begin(), below.end());
    if (!is_only_below) best.insert(best.end(), others.begin(), others.end());
    return best;
}

bool has_address(const dns::Answer& answer, const ip::Address& client, int prefix_length) {
    return std::ranges::any_of(answer.records, [&](const dns::Record& record) {
        const auto* host = std::get_if<dns::Host>(&record.value);
        return host && ip::Network{host->address, prefix_length}.contains(client);
    });
}

}  // namespace

Partly<std::optional<std::string>> Evaluation::target_text(const MacroString& domain, const Place& place) {
    if (!values(place.domain).can_expand(domain)) return std::nullopt;
    TRY(find_validated_name(domain, place.domain));
    return expand_domain(domain, values(place.domain));
}

Partly<std::optional<dns::Name>> Evaluation::target(const std::optional<MacroString>& domain, const Place& place) {
    const auto text = domain ? TRY(target_text(*domain, place)) : place.domain;
    auto name = text ? to_name(*text) : std::nullopt;
    if (!name) finding_ = fmt::format("\"{}\" is no domain name", text.value_or(""));
    return name;
}

bool Evaluation::has_client(const dns::Answer& addresses, int prefix_length) {
    if (has_address(addresses, request_.client, prefix_length)) return true;
    if (addresses.has_records() && policy_.is_traced)
        finding_ = fmt::format("the client is none of {} addresses", addresses.records.size());
    return false;
}

// §5.2: what the other record says of the client is a match, and never the result itself.
Partly<bool> Evaluation::matches(const Include& include, const Place& place) {
    TRY(count_lookup());
    const auto domain = TRY(target_text(include.domain, place));
    if (!domain) return false;
    auto verdict = TRY(check_host({.domain = *domain, .depth = place.depth + 1, .may_use_local_rules = false}));
    if (verdict.result == Result::None)
        return std::unexpected(Stop{.question = {},
                                    .result = Result::PermError,
                                    .problem = fmt::format("include:{}: {}", *domain, verdict.problem)});
    finding_ = to_text(verdict.result);
    return verdict.result == Result::Pass;
}

// §5.3
Partly<bool> Evaluation::matches(const A& a, const Place& place) {
    TRY(count_lookup());
    const auto name = TRY(target(a.domain, place));
    if (!name) return false;
    const auto* answer = TRY(ask_for_term(*name, address_type()));
    return has_client(*answer, length_for_client(a.lengths));
}

// §5.4, §4.6.4. A domain without MX is not its own exchanger here.
Partly<bool> Evaluation::matches(const Mx& mx, const Place& place) {
    TRY(count_lookup());
    const auto name = TRY(target(mx.domain, place));
    if (!name) return false;
    const auto* answer = TRY(ask_for_term(*name, dns::Type::Mx));
    const auto exchangers = exchangers_in(*answer);
    if (exchangers.size() > most_exchangers)
        return std::unexpected(
            Stop{.question = {},
                 .result = Result::PermError,
                 .problem = fmt::format("{} has more than {} mail exchangers", dns::to_text(*name), most_exchangers)});
    for (const auto& exchanger : exchangers) {
        if (exchanger.exchange.is_root()) continue;  // RFC 7505: it takes no mail
        const auto* addresses = TRY(ask_usable(exchanger.exchange, address_type()));
        if (has_client(*addresses, length_for_client(mx.lengths))) return true;
    }
    return false;
}

// §5.5. That a client has no name is not the domain's doing, so it is no void lookup of the domain's.
Partly<bool> Evaluation::matches(const Ptr& ptr, const Place& place) {
    TRY(count_lookup());
    const auto name = TRY(target(ptr.domain, place));
    if (!name) return false;
    const auto found = TRY(validated_name(name, Names::OnlyBelow));
    if (found) finding_ = dns::to_text(*found);
    return found.has_value();
}

// §5.6
Partly<bool> Evaluation::matches(const Ip& ip, const Place&) { return ip.network.contains(request_.client); }

// §5.7: an A record, whatever the client's family
Partly<bool> Evaluation::matches(const Exists& exists, const Place& place) {
    TRY(count_lookup());
    const auto name = TRY(target(exists.domain, place));
    if (!name) return false;
    const auto* answer = TRY(ask_for_term(*name, dns::Type::A));
    return answer->has_records();
}

// Failures of the DNS are passed over here (§5.5): the name counts as not validated.
Partly<std::optional<dns::Name>> Evaluation::validated_name(const std::optional<dns::Name>& preferred,
                                                            Names wanted) const {
    const auto* pointers = TRY(ask(dns::reverse_name(request_.client), dns::Type::Ptr));
    if (!pointers->has_records()) return std::nullopt;
    for (const auto& name : best_first(names_in(*pointers), preferred, wanted == Names::OnlyBelow)) {
        const auto* addresses = TRY(ask(name, address_type()));
        if (addresses->has_records() && has_address(*addresses, request_.client, request_.client.bits())) return name;
    }
    return std::nullopt;
}

Partly<void> Evaluation::find_validated_name(const MacroString& macros, std::string_view domain) {
    if (!macros.uses('p')) return {};
    const auto name = TRY(validated_name(to_name(domain), Names::Any));
    validated_name_ = name ? dns::to_text(*name) : "unknown";
    return {};
}

}  // namespace spf
