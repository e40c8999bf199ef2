#include "directory/tally.h"

#include <algorithm>
#include <string>
#include <string_view>

namespace directory {
namespace {

constexpr auto a_day = std::chrono::hours(24);

}  // namespace

double Tally::score(const Terms& terms, clocks::Steady now) const {
    const std::chrono::duration<double, std::milli> passed = now - at_;
    return std::max(0.0, score_ - passed.count() * terms.limit / static_cast<double>(terms.window.count()));
}

double Tally::add(const Terms& terms, clocks::Steady now) {
    score_ = score(terms, now) + 1;
    at_ = now;
    return score_;
}

void Tally::forgive(const Terms& terms, clocks::Steady now) {
    score_ = std::max(0.0, score(terms, now) - 1);
    at_ = now;
}

/// A little of each has worn off when the next one comes.
bool Tally::is_reached(const Terms& terms, clocks::Steady now) const { return score(terms, now) > terms.limit - 1; }

void Tally::ban(std::chrono::milliseconds first, std::chrono::milliseconds longest, clocks::Steady now) {
    if (now - until_ > a_day) bans_ = 0;
    until_ = now + std::min(first * (1u << std::min(bans_, 16u)), longest);
    ++bans_;
    score_ = 0;
}

std::vector<Ban> bans_in(const Memory<Tally>& tallies, clocks::Steady now) {
    std::vector<Ban> found;
    tallies.for_each([&](const std::string& name, const Tally& tally) {
        if (tally.banned_until() <= now) return;
        if (const auto network = ip::parse_network(std::string_view(name).substr(name.find(' ') + 1)))
            found.push_back({*network, tally.banned_until()});
    });
    std::ranges::sort(found, {}, &Ban::network);
    return found;
}

bool is_within(const ip::Network& banned, const ip::Network& within) {
    return within.contains(banned.address) && banned.prefix_length >= within.prefix_length;
}

}  // namespace directory
