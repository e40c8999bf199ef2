// Whether the sender could be answered: his domain has a mail exchanger with an address, or without exchangers an
// address itself (RFC 5321 §5.1), and does not say that it takes no mail (RFC 7505).

#include <fmt/format.h>

#include <algorithm>
#include <variant>

#include "policyd/stage.h"
#include "text/escape.h"

namespace policyd {
namespace {

constexpr std::size_t most_exchangers = 5;

enum class Existence : std::uint8_t { Unknown, No, Yes };

net::Task<Existence> has_address(const Scene& scene, const dns::Name& name) {
    bool is_unknown = false;
    for (const auto type : {dns::Type::A, dns::Type::Aaaa}) {
        const auto answer = co_await scene.ask(name, type);
        if (answer.has_records()) co_return Existence::Yes;
        is_unknown = is_unknown || !answer.is_usable();
    }
    co_return is_unknown ? Existence::Unknown : Existence::No;
}

std::vector<dns::Name> exchangers_in(const dns::Answer& answer) {
    std::vector<dns::Name> names;
    for (const auto& record : answer.records)
        if (const auto* mx = std::get_if<dns::Mx>(&record.value); mx && names.size() < most_exchangers)
            names.push_back(mx->exchange);
    return names;
}

Finding found(const Scene& scene, std::string reason, std::string code) {
    const auto& set = scene.settings.sender_domain;
    return {.stage = "sender_domain",
            .reason = std::move(reason),
            .action = set.action,
            .score = set.score,
            .code = std::move(code)};
}

}  // namespace

net::Task<Findings> look_at_sender_domain(const Scene& scene) {
    Findings findings;
    const auto domain = dns::parse_name(scene.sender_domain);
    if (scene.settings.sender_domain.action == site::ScreeningAction::Off || !domain || domain->is_root())
        co_return findings;
    const auto shown = text::escaped(scene.sender_domain);
    const auto answer = co_await scene.ask(*domain, dns::Type::Mx);
    if (!answer.is_usable()) co_return findings;
    const auto exchangers = exchangers_in(answer);
    if (exchangers.size() == 1 && exchangers.front().is_root()) {
        findings.push_back(
            found(scene, fmt::format("{} takes no mail, so nobody could be answered there", shown), "7.27"));
        co_return findings;
    }
    bool is_unknown = false;
    for (const auto& name : exchangers.empty() ? std::vector{*domain} : exchangers) {
        const auto one = co_await has_address(scene, name);
        if (one == Existence::Yes) co_return findings;
        is_unknown = is_unknown || one == Existence::Unknown;
    }
    if (is_unknown) co_return findings;
    findings.push_back(found(scene,
                             fmt::format("the sender's domain {} has no mail exchanger{}", shown,
                                         exchangers.empty() ? ", and no address" : " that has an address"),
                             "1.8"));
    co_return findings;
}

}  // namespace policyd
