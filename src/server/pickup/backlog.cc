#include "pickup/backlog.h"

namespace pickup {

bool Backlog::add(std::uint32_t owner, std::string file) {
    auto& line = lines_[owner];
    if (line.waiting.size() + line.stuck >= limits_.waiting_per_owner) return false;
    if (known_.insert(file).second) line.waiting.push_back(std::move(file));
    join_round(owner, line);
    return true;
}

void Backlog::join_round(std::uint32_t owner, Line& line) {
    if (line.waiting.empty() || line.open >= limits_.open_per_owner) return;
    if (in_round_.insert(owner).second) round_.push_back(owner);
}

std::optional<Backlog::Name> Backlog::next() {
    if (round_.empty() || open_ >= limits_.open) return std::nullopt;
    const auto owner = round_.front();
    round_.pop_front();
    in_round_.erase(owner);
    auto& line = lines_.at(owner);
    Name name{owner, std::move(line.waiting.front())};
    line.waiting.pop_front();
    ++line.open;
    ++open_;
    join_round(owner, line);
    return name;
}

void Backlog::done(const Name& name) {
    known_.erase(name.file);
    leave(name);
}

void Backlog::done_for_good(const Name& name) {
    ++lines_.at(name.owner).stuck;
    leave(name);
}

void Backlog::leave(const Name& name) {
    auto& line = lines_.at(name.owner);
    --line.open;
    --open_;
    join_round(name.owner, line);
    if (line.waiting.empty() && line.open == 0 && line.stuck == 0) lines_.erase(name.owner);
}

}  // namespace pickup
