// Programs outside of this server: each is asked by its own protocol (scanner_*.cc), all at the same time. One that
// cannot say anything leaves what its `unavailable` says.

#include <fmt/format.h>

#include <algorithm>

#include "config/quantity.h"
#include "lang/verify.h"
#include "policyd/content_stage.h"
#include "policyd/gather.h"
#include "policyd/scanner_talk.h"
#include "policyd/scanners.h"

namespace policyd {

ContentFinding unscanned(const site::Scanner& scanner, std::string why) {
    ContentFinding finding{.stage = scanner.name, .reason = "not scanned: " + std::move(why), .is_unscanned = true};
    if (scanner.unavailable == site::Unscanned::Defer) finding.wish = Wish::Defer;
    if (scanner.unavailable == site::Unscanned::Reject) finding.wish = Wish::Reject;
    if (finding.wish == Wish::Reject) finding.reply = {550, "5.7.1", "The message cannot be scanned"};
    return finding;
}

namespace {

constexpr std::size_t memory_of_a_talk = 512 * 1024;         // a piece, framed, and an answer
constexpr std::size_t memory_of_a_header = 4 * 1024 * 1024;  // as filters are told of it, field by field

bool looks_at(const site::Scanner& scanner, Bringer bringer) {
    return bringer == Bringer::Stranger || (is_own_mail(bringer) && !site::scans_strangers_alone(scanner));
}

ContentFinding too_long(const site::Scanner& scanner) {
    return {.stage = scanner.name,
            .reason = "not scanned: longer than " + config::octets_text(site::longest_for(scanner)),
            .is_unscanned = true};
}

net::Task<Talked> talk_to(const ContentScene& scene, const site::Scanner& scanner) {
    try {
        const auto connection = co_await connect_to(scene, scanner);
        if (!connection) co_return std::unexpected("it cannot be reached: " + connection.error());
        const Talk talk{**connection, scene, scanner};
        switch (scanner.kind) {
            case site::ScannerKind::Clamd: co_return co_await talk_to_clamd(talk);
            case site::ScannerKind::Spamd: co_return co_await talk_to_spamd(talk);
            case site::ScannerKind::Rspamd: co_return co_await talk_to_rspamd(talk);
            case site::ScannerKind::Milter: co_return co_await talk_to_milter(talk);
        }
        VERIFY(false);
    } catch (const net::Gone& gone) {
        co_return std::unexpected(gone.why == net::Gone::Why::TimedOut ? "it does not answer in time"
                                                                       : "it hangs up before it has answered");
    }
}

net::Task<ContentFinding> ask(const ContentScene& scene, const site::Scanner& scanner) {
    if (message_size(scene) > site::longest_for(scanner)) co_return too_long(scanner);
    auto& [breaker, turns] = scene.scanners.of(scanner);
    if (breaker.is_resting(scene.clock.steady())) co_return unscanned(scanner, "it has not answered lately");
    const auto turn = co_await turns.take(1, scene.until);
    if (!turn) co_return unscanned(scanner, "it has too much to do");
    if (!breaker.may_ask(scene.clock.steady())) co_return unscanned(scanner, "it has not answered lately");
    auto talked = co_await talk_to(scene, scanner);
    if (talked) {
        breaker.succeeded();
        co_return *std::move(talked);
    }
    breaker.failed(scene.clock.steady());
    co_return unscanned(scanner, std::move(talked.error()));
}

bool is_on(const Config& config, const Examine& asked) {
    return std::ranges::any_of(config.scanner, [&](const site::Scanner& one) { return looks_at(one, asked.bringer); });
}

std::size_t memory(const Config& config, const Content&) {
    std::size_t octets = 0;
    for (const auto& scanner : config.scanner)
        octets += memory_of_a_talk + (scanner.kind == site::ScannerKind::Milter ? memory_of_a_header : 0);
    return octets;
}

net::Task<ContentFindings> look(const ContentScene& scene) {
    std::vector<net::Task<ContentFinding>> asked;
    for (const auto& scanner : scene.config.scanner)
        if (looks_at(scanner, scene.asked.bringer)) asked.push_back(ask(scene, scanner));
    co_return co_await gather(std::move(asked));
}

}  // namespace

constinit const ContentStage scanner_stage{.name = "scanner", .is_on = is_on, .memory = memory, .look = look};

}  // namespace policyd
