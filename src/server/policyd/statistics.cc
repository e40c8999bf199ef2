#include "policyd/statistics.h"

#include "aggregate/xml.h"
#include "policyd/observation.h"

namespace policyd {

std::int64_t Statistics::today() const {
    return std::chrono::floor<std::chrono::days>(clock_.wall()).time_since_epoch().count();
}

void Statistics::note(const Evaluation& evaluation) {
    auto observation = observation_of(evaluation);
    if (!observation) return;
    if (const auto day = today(); day != day_) {
        write();
        day_ = day;
    }
    // The policy may change within the day: of what is written last.
    const auto key = observation->published.domain + ' ' + aggregate::to_xml(observation->record);
    const auto [found, is_new] = waiting_.try_emplace(key, *observation);
    if (!is_new) {
        observation->record.count += found->second.record.count;
        found->second = *std::move(observation);
    }
    if (waiting_.size() >= most_waiting) write();
}

void Statistics::write() {
    if (waiting_.empty()) return;
    std::vector<reports::Observation> all;
    for (auto& [key, observation] : waiting_) all.push_back(std::move(observation));
    waiting_.clear();
    if (const auto added = database_.add(day_, all); !added)
        complain_("statistics of DMARC are lost: " + accounts::to_text(added.error()));
}

}  // namespace policyd
