#include "directory/inquiries.h"

namespace directory {

void Inquiries::begin(Attempt attempt) { go_on(std::make_shared<Waiting>(Waiting{.attempt = std::move(attempt)})); }

/// Owned by the callbacks of its questions.
void Inquiries::go_on(const std::shared_ptr<Waiting>& waiting) {
    static_cast<void>(take_missing());
    const auto tell = waiting->attempt();
    auto missing = take_missing();
    if (missing.size() > most_at_once) missing.resize(most_at_once);  // the others are missed again
    const bool is_over = missing.empty() || waiting->has_failed || waiting->rounds >= most_rounds;
    if (is_over || waiting_ >= most_waiting) return tell();
    ++waiting->rounds;
    ++waiting_;
    waiting->open = missing.size();
    for (const auto& place : missing)
        ask(place, [this, waiting](bool is_known) {
            waiting->has_failed = waiting->has_failed || !is_known;
            if (--waiting->open > 0) return;
            --waiting_;
            go_on(waiting);
        });
}

std::vector<Inquiries::Place> Inquiries::take_missing() {
    std::vector<Place> missing;
    std::set<Place> seen;
    for (std::size_t i = 0; i < sources_.size(); ++i)
        for (auto& question : sources_[i].kept->take_missing()) {
            Place place(i, std::move(question));
            if (seen.insert(place).second) missing.push_back(std::move(place));
        }
    return missing;
}

void Inquiries::ask(const Place& place, std::function<void(bool is_known)> then) {
    auto& waiting = asked_[place];
    waiting.push_back(std::move(then));
    if (waiting.size() > 1) return;
    const auto tell = [this, place](std::optional<Known> known) { answered(place, std::move(known)); };
    if (!sources_[place.first].ask(place.second, tell)) answered(place, std::nullopt);
}

void Inquiries::answered(const Place& place, std::optional<Known> known) {
    const auto waiting = asked_.extract(place);
    const bool is_known = known.has_value();
    if (known) sources_[place.first].kept->take(place.second, *std::move(known));
    if (waiting.empty()) return;
    for (const auto& then : waiting.mapped()) then(is_known);
}

}  // namespace directory
