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
    // The policy may change within the day: of what is written last.
    Kind kind(today(), observation->published.domain + ' ' + aggregate::to_xml(observation->record));
    const auto [found, is_new] = waiting_.try_emplace(std::move(kind), *observation);
    if (!is_new) {
        observation->record.count += found->second.record.count;
        found->second = *std::move(observation);
    }
    if (waiting_.size() >= most_waiting) write_some();
}

bool Statistics::write_some() {
    if (waiting_.empty()) return false;
    const auto day = waiting_.begin()->first.first;
    std::vector<reports::Observation> some;
    while (!waiting_.empty() && waiting_.begin()->first.first == day && some.size() < most_at_a_time) {
        some.push_back(std::move(waiting_.begin()->second));
        waiting_.erase(waiting_.begin());
    }
    if (const auto added = database_.add(day, some); !added)
        complain_("statistics of DMARC are lost: " + accounts::to_text(added.error()));
    return !waiting_.empty();
}

}  // namespace policyd
