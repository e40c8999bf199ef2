#include "policyd/screen.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "policyd/explain.h"
#include "policyd/gather.h"

namespace policyd {
namespace {

using site::ScreeningAction;
using Stage = net::Task<Findings> (*)(const Scene&);

constexpr Stage stages[] = {look_at_names, look_at_helo, look_at_sender_domain, look_at_lists};

void add(std::string& text, std::string_view one) {
    if (text.size() + one.size() + 2 > longest_reasons) return;  // Hostile: a DNS list explains itself in each
    text.append(text.empty() ? "" : "; ").append(one);
}

std::int32_t hundredths(double score) {
    return static_cast<std::int32_t>(
        std::clamp(std::round(score * 100), -double{most_hundredths}, double{most_hundredths}));
}

}  // namespace

Scene scene_of(resolver::Resolver& resolver, ListHealth& lists, const Config& config, const Stranger& stranger) {
    const auto at = stranger.reverse_path.rfind('@');
    return {.resolver = resolver,
            .lists = lists,
            .settings = config.screening,
            .hostname = config.hostname,
            .client = stranger.client.unmapped(),
            .helo = stranger.helo,
            .sender_domain = at == std::string::npos ? "" : stranger.reverse_path.substr(at + 1),
            .last_moment = std::chrono::steady_clock::now() + config.screening.timeout};
}

net::Task<Findings> screen(const Scene& scene) {
    Findings findings;
    const auto holds_client = [&](const ip::Network& network) { return network.contains(scene.client); };
    if (std::ranges::any_of(scene.settings.exempt_clients, holds_client)) co_return findings;
    std::vector<net::Task<Findings>> looks;
    for (const auto stage : stages) looks.push_back(stage(scene));
    for (auto& found : co_await gather(std::move(looks)))
        findings.insert(findings.end(), std::make_move_iterator(found.begin()), std::make_move_iterator(found.end()));
    co_return findings;
}

net::Task<Screening> screen(resolver::Resolver& resolver, const Config& config, ip::Address client, std::string helo,
                            std::string reverse_path) {
    Screening screening;
    const clocks::SystemClock clock;
    ListHealth lists(resolver, clock, [&](const dns::Name& zone, std::string_view why) {
        screening.broken.push_back(fmt::format("{} {}", to_text(zone), why));
    });
    const auto scene = scene_of(resolver, lists, config, {client, std::move(helo), std::move(reverse_path)});
    const auto findings = co_await screen(scene);
    for (const auto& one : findings) screening.findings.push_back({one.stage, one.reason, one.score, one.allows});
    screening.screened = screened_of(findings);
    co_return screening;
}

Screened screened_of(const Findings& findings) {
    Screened screened;
    for (const auto& one : findings) add(screened.found, fmt::format("{}: {}", one.stage, one.reason));
    if (std::ranges::any_of(findings, &Finding::allows)) return screened;
    double score = 0;
    for (const auto& [stage, reason, action, points, allows, code] : findings) {
        if (action == ScreeningAction::Reject && !screened.rejected) screened.rejected = {550, "5." + code, reason};
        if (action == ScreeningAction::Defer && !screened.deferred)
            screened.deferred = {451, "4." + code, reason + "; try again later"};
        if (action != ScreeningAction::Score) continue;
        score += points;
        add(screened.reasons, reason);
    }
    screened.score = hundredths(score);
    return screened;
}

}  // namespace policyd
