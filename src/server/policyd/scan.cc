#include "policyd/scan.h"

#include <algorithm>
#include <iterator>

#include "policyd/gather.h"

namespace policyd {
namespace {

/// To look at a message by another means, add a row.
const ContentStage* const stages[] = {&scanner_stage};

}  // namespace

bool is_scanned(const Config& config, const Examine& asked) {
    return std::ranges::any_of(stages, [&](const ContentStage* stage) { return stage->is_on(config, asked); });
}

std::size_t memory_for_scanning(const Config& config, const Examine& asked, const Content& content) {
    std::size_t octets = 0;
    for (const auto* stage : stages)
        if (stage->is_on(config, asked)) octets += stage->memory(config, content);
    return octets;
}

net::Task<ContentVerdict> scan(const ContentScene& scene) {
    std::vector<net::Task<ContentFindings>> looks;
    for (const auto* stage : stages)
        if (stage->is_on(scene.config, scene.asked)) looks.push_back(stage->look(scene));
    ContentFindings findings;
    for (auto& found : co_await gather(std::move(looks))) std::ranges::move(found, std::back_inserter(findings));
    co_return verdict_of(scene.config.spam, findings, points(scene.asked.screening_score),
                         scene.asked.bringer == Bringer::Stranger);
}

}  // namespace policyd
