#include "directory/conduct.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "ip/prefix.h"

namespace directory {
namespace {

constexpr std::array all_misdeeds{Misdeed::UnknownRecipient, Misdeed::EarlyTalk};

std::string key(Misdeed misdeed, const ip::Network& client) {
    return fmt::format("{} {}", std::to_underlying(misdeed), ip::to_text(client));
}

}  // namespace

std::string_view to_text(Misdeed misdeed) {
    switch (misdeed) {
        case Misdeed::UnknownRecipient: return "recipients that do not exist";
        case Misdeed::EarlyTalk: return "connections in which it did not wait for the greeting";
    }
    std::unreachable();
}

bool Conduct::is_exempt(const ip::Address& client) const {
    return std::ranges::any_of(terms_.exempt, [&](const auto& network) { return network.contains(client); });
}

Tally::Terms Conduct::terms_of(Misdeed misdeed, std::size_t credit) const {
    const auto most = misdeed == Misdeed::EarlyTalk ? terms_.early_talk : terms_.unknown_recipients;
    return {.limit = most * (1.0 + static_cast<double>(credit)), .window = terms_.window};
}

void Conduct::brought_well(const ip::Address& client, std::size_t credit, clocks::Steady now) {
    if (auto* tally = misdeeds_.find(key(Misdeed::UnknownRecipient, ip::client_of(client))))
        tally->forgive(terms_of(Misdeed::UnknownRecipient, credit), now);
}

std::optional<Ban> Conduct::misbehaved(Misdeed misdeed, const ip::Address& client, std::size_t credit,
                                       clocks::Steady now) {
    const auto terms = terms_of(misdeed, credit);
    if (terms.limit == 0 || is_exempt(client)) return std::nullopt;
    const auto own = ip::client_of(client);
    auto& tally = misdeeds_.at(key(misdeed, own));
    tally.add(terms, now);
    if (!tally.is_reached(terms, now)) return std::nullopt;
    tally = {};
    auto& ban = bans_.at(ip::to_text(own));
    ban.ban(terms_.ban, terms_.longest_ban, now);
    return Ban{own, ban.banned_until()};
}

std::vector<Ban> Conduct::bans(clocks::Steady now) const {
    auto found = bans_in(bans_, now);
    std::erase_if(found, [this](const Ban& ban) { return is_exempt(ban.network.address); });
    return found;
}

std::size_t Conduct::lift(const ip::Network& within, clocks::Steady now) {
    std::size_t lifted = 0;
    for (const auto& ban : bans(now)) {
        if (!is_within(ban.network, within)) continue;
        bans_.at(ip::to_text(ban.network)) = {};
        for (const auto misdeed : all_misdeeds) misdeeds_.at(key(misdeed, ban.network)) = {};
        ++lifted;
    }
    return lifted;
}

}  // namespace directory
