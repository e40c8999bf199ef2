#include "policyd/replays.h"

#include <algorithm>
#include <cstring>
#include <functional>

#include "crypto/digest.h"
#include "text/ascii.h"

namespace policyd {
namespace {

// Hostile: who could make two signatures the same to us would have others' mail suspected; hence a real digest.
std::uint64_t name_of(std::string_view domain, std::string_view octets) {
    std::string text(domain);
    text += '\0';
    text += octets;
    const auto digest = crypto::digest(crypto::Digest::Sha256, text);
    std::uint64_t name = 0;
    std::memcpy(&name, digest.data(), sizeof name);
    return name;
}

std::uint32_t name_of(std::string_view recipient) {
    return static_cast<std::uint32_t>(std::hash<std::string>()(text::lower(recipient)));
}

}  // namespace

std::size_t Replays::count(std::string_view domain, std::string_view octets, const std::vector<std::string>& recipients,
                           const Limits& limits, clocks::Steady now) {
    make_room(limits, now);
    const auto name = name_of(domain, octets);
    const auto [found, is_new] = seen_.try_emplace(name, Seen{.first = now, .recipients = {}});
    if (is_new) in_order_.push_back(name);
    auto& known = found->second.recipients;
    for (const auto& recipient : recipients) {
        if (known.size() > limits.recipients) break;
        const auto hash = name_of(recipient);
        const auto place = std::ranges::lower_bound(known, hash);
        if (place != known.end() && *place == hash) continue;
        known.insert(place, hash);
        ++recipients_;
    }
    return known.size();
}

void Replays::make_room(const Limits& limits, clocks::Steady now) {
    while (!in_order_.empty()) {
        const auto oldest = seen_.find(in_order_.front());
        const bool is_kept = seen_.size() < limits.signatures && recipients_ < most_recipients &&
                             now - oldest->second.first < limits.window;
        if (is_kept) return;
        recipients_ -= oldest->second.recipients.size();
        seen_.erase(oldest);
        in_order_.pop_front();
    }
}

void Replays::forget_all() {
    seen_.clear();
    in_order_.clear();
    recipients_ = 0;
}

}  // namespace policyd
