#include "dns/exchangers.h"

#include <fmt/format.h>

#include <algorithm>
#include <random>

#include "text/escape.h"

namespace dns {

bool Ourselves::has(const Name& host) const {
    return std::ranges::any_of(host_names, [&](const std::string& ours) { return parse_name(ours) == host; });
}

bool Ourselves::has(const ip::Address& address) const {
    const auto plain = address.unmapped();
    if (std::ranges::find(addresses, plain) != addresses.end() || plain.is_unspecified()) return true;
    return plain.is_loopback() && !may_connect_to_loopback;
}

Exchangers::Exchangers(std::string_view domain, Ourselves ourselves, std::uint64_t seed)
    : domain_text_(text::escaped(domain, 255)), ourselves_(std::move(ourselves)), seed_(seed) {
    if (domain.starts_with('['))
        take_literal(domain);
    else
        take_domain(domain);
}

void Exchangers::take_domain(std::string_view domain) {
    const auto name = parse_name(domain);
    if (!name || !name->is_host_name()) return fail(550, "5.1.2", fmt::format("{} is not a domain name", domain_text_));
    add_candidate(*name, 0);  // until its MX records, if any, say otherwise
    questions_.push_back({*name, Type::Mx});
}

void Exchangers::add_candidate(const Name& host, std::uint16_t preference) {
    Candidate candidate;
    candidate.host = host;
    candidate.preference = preference;
    candidates_.push_back(std::move(candidate));
}

// RFC 5321 §4.1.3, §2.3.5
void Exchangers::take_literal(std::string_view literal) {
    const auto address =
        literal.ends_with(']') ? ip::parse_address_literal(literal.substr(1, literal.size() - 2)) : std::nullopt;
    if (!address) return fail(550, "5.1.2", fmt::format("{} is not an address literal", domain_text_));
    if (ourselves_.has(*address))
        return fail(550, "5.4.6", fmt::format("Mail for {} loops back to this server", domain_text_));
    result_ = std::vector{Exchanger{ip::address_literal(*address), *address, 0, false}};
}

void Exchangers::answer(const Question& question, const Answer& answer) {
    const Question asked = question;  // it may live in questions_
    const auto open = std::ranges::find(questions_, asked);
    if (is_done() || open == questions_.end()) return;
    questions_.erase(open);
    if (asked.type == Type::Mx)
        take_mx(answer);
    else
        take_addresses(asked.name, answer);
    if (!is_done() && questions_.empty()) conclude();
}

void Exchangers::take_mx(const Answer& answer) {
    if (!answer.is_usable()) {
        const auto why =
            answer.reason.empty() ? std::string(describe(answer.outcome)) : text::escaped(answer.reason, 200);
        return fail(451, "4.4.3", fmt::format("The DNS gives no answer about {}: {}", domain_text_, why));
    }
    if (answer.existence == Existence::NoName)
        return fail(550, "5.1.2", fmt::format("The domain {} does not exist", domain_text_));
    mx_is_secure_ = answer.is_secure();
    is_implicit_ = !answer.has_records();  // RFC 5321 §5.1: the domain is its own exchanger
    if (!is_implicit_) {
        const auto* first = std::get_if<Mx>(&answer.records.front().value);
        if (answer.records.size() == 1 && first && first->exchange.is_root())
            return fail(556, "5.1.10",
                        fmt::format("The domain {} does not accept mail", domain_text_));  // RFC 7505 §3, §4
        collect_candidates(answer.records);
    }
    drop_ourselves_and_worse();
    ask_for_addresses();
}

// Each host once, with its best preference. Hostile: a target that is no host name (null, or with dots inside a label)
// is passed over.
void Exchangers::collect_candidates(const std::vector<Record>& records) {
    candidates_.clear();
    for (const auto& record : records) {
        const auto* mx = std::get_if<Mx>(&record.value);
        if (!mx || !mx->exchange.is_host_name()) continue;
        const auto known = std::ranges::find(candidates_, mx->exchange, &Candidate::host);
        if (known == candidates_.end())
            add_candidate(mx->exchange, mx->preference);
        else
            known->preference = std::min(known->preference, mx->preference);
    }
    sort_candidates();
    if (candidates_.size() > most_exchangers) candidates_.resize(most_exchangers);
}

// RFC 5321 §5.1: lowest preference first, equal ones in random order
void Exchangers::sort_candidates() {
    std::mt19937_64 random(seed_);
    for (auto& candidate : candidates_) candidate.lot = random();
    std::ranges::sort(candidates_, {}, [](const Candidate& c) { return std::pair(c.preference, c.lot); });
}

void Exchangers::ask_for_addresses() {
    for (auto& candidate : candidates_) {
        questions_.push_back({candidate.host, Type::Aaaa});
        questions_.push_back({candidate.host, Type::A});
    }
}

void Exchangers::take_addresses(const Name& host, const Answer& answer) {
    const auto candidate = std::ranges::find(candidates_, host, &Candidate::host);
    if (candidate == candidates_.end()) return;
    candidate->had_failure |= !answer.is_usable();
    candidate->is_secure &= answer.is_secure();
    if (!answer.has_records()) return;
    for (const auto& record : answer.records) {
        const auto* found = std::get_if<Host>(&record.value);
        if (!found || candidate->addresses.size() == most_exchanger_addresses) continue;
        candidate->is_ours |= ourselves_.has(found->address);
        candidate->addresses.push_back(found->address);
    }
}

// RFC 5321 §5.1: a server that is itself an exchanger must not pass mail to those of its own or a worse preference.
void Exchangers::drop_ourselves_and_worse() {
    for (auto& candidate : candidates_) candidate.is_ours |= ourselves_.has(candidate.host);
    const auto ours = std::ranges::find_if(candidates_, &Candidate::is_ours);
    if (ours == candidates_.end()) return;
    led_back_to_us_ = true;
    std::erase_if(candidates_, [limit = ours->preference](const Candidate& c) { return c.preference >= limit; });
}

void Exchangers::add_addresses(std::vector<Exchanger>& hosts, const Candidate& candidate, ip::Family family) const {
    for (const auto& address : candidate.addresses) {
        if (address.family != family || hosts.size() == most_exchanger_addresses) continue;
        hosts.push_back({to_text(candidate.host), address, candidate.preference, mx_is_secure_ && candidate.is_secure});
    }
}

void Exchangers::conclude() {
    drop_ourselves_and_worse();
    std::vector<Exchanger> hosts;
    for (const auto& candidate : candidates_) {
        add_addresses(hosts, candidate, ip::Family::V6);
        add_addresses(hosts, candidate, ip::Family::V4);
    }
    if (hosts.empty())
        fail_without_hosts();
    else
        result_ = std::move(hosts);
}

void Exchangers::fail_without_hosts() {
    if (std::ranges::any_of(candidates_, &Candidate::had_failure))
        return fail(451, "4.4.3", fmt::format("The DNS gives no addresses for the mail servers of {}", domain_text_));
    if (led_back_to_us_) return fail(550, "5.4.6", fmt::format("Mail for {} loops back to this server", domain_text_));
    fail(550, "5.4.4",
         domain_text_ +
             (is_implicit_ ? " has neither mail servers nor an address" : " has no mail server with an address"));
}

void Exchangers::fail(std::uint16_t code, std::string_view status, std::string text) {
    questions_.clear();
    result_ = NoRoute{code, std::string(status), std::move(text)};
}

}  // namespace dns
