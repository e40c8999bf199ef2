#include "directory/failures.h"

#include <algorithm>
#include <utility>

#include "ip/prefix.h"
#include "text/ascii.h"

namespace directory {
namespace {

using namespace std::chrono_literals;

constexpr auto remembered_for = 30 * 24h;  // that an account was used from a client
constexpr std::size_t most_accounts = 20;  // of one client that count
constexpr auto between_tries_of_strangers = 10s;
constexpr auto a_day = 24h;

std::string key(const ip::Network& network) { return "network " + ip::to_text(network); }
std::string key(std::string_view user) { return "account " + text::lower(user); }

}  // namespace

std::size_t Failures::good_accounts(const ip::Network& client, clocks::Steady now) const {
    const auto* accounts = good_.find(key(client));
    if (!accounts) return 0;
    const auto count = std::ranges::count_if(*accounts, [&](const auto& one) { return now - one.second < a_day; });
    return std::min(static_cast<std::size_t>(count), most_accounts);
}

bool Failures::is_known(std::string_view user, const std::optional<ip::Address>& client, clocks::Steady now) const {
    if (!client) return true;
    const auto* accounts = good_.find(key(ip::client_of(*client)));
    const auto found = accounts ? accounts->find(text::lower(user)) : Accounts::const_iterator{};
    return accounts && found != accounts->end() && now - found->second < remembered_for;
}

bool Failures::is_exempt(const std::optional<ip::Address>& client) const {
    return !client ||
           std::ranges::any_of(terms_.exempt, [&](const auto& network) { return network.contains(*client); });
}

// ---- what follows from it

bool Failures::is_banned(const std::optional<ip::Address>& client, clocks::Steady now) const {
    if (is_exempt(client)) return false;
    const auto own = ip::client_of(*client);
    const auto* tally = tallies_.find(key(own));
    if (tally && tally->banned_until() > now) return true;
    const auto* neighbours = tallies_.find(key(ip::neighbourhood_of(*client)));
    return neighbours && neighbours->banned_until() > now && good_accounts(own, now) == 0;
}

Failures::Answer Failures::ask(std::string_view user, const std::optional<ip::Address>& client, clocks::Steady now) {
    if (is_banned(client, now)) return Answer::Banned;
    const auto* account = tallies_.find(key(user));
    if (!account || !account->is_reached(terms_of(terms_.failures_per_account), now)) return Answer::Go;
    if (is_known(user, client, now)) return Answer::Go;
    auto& tried = strangers_.at(key(user));
    if (now - tried < between_tries_of_strangers) return Answer::Slower;
    tried = now;
    return Answer::Go;
}

void Failures::count_against(const ip::Network& network, double limit, clocks::Steady now) {
    auto& tally = tallies_.at(key(network));
    tally.add(terms_of(limit), now);
    if (!tally.is_reached(terms_of(limit), now)) return;
    tally.ban(terms_.ban, terms_.longest_ban, now);
    begun_.push_back({network, tally.banned_until()});
}

std::chrono::milliseconds Failures::failed(std::string_view user, const std::optional<ip::Address>& client,
                                           clocks::Steady now) {
    double score = tallies_.at(key(user)).add(terms_of(terms_.failures_per_account), now);
    if (!is_exempt(client)) {
        const auto own = ip::client_of(*client);
        const double limit = terms_.failures_per_client * (1.0 + static_cast<double>(good_accounts(own, now)));
        count_against(own, limit, now);
        count_against(ip::neighbourhood_of(*client), terms_.failures_per_network, now);
        score = tallies_.at(key(own)).score(terms_of(limit), now);
    }
    const auto delay = std::chrono::milliseconds(terms_.delay) * std::max(1, static_cast<int>(score));
    return std::min<std::chrono::milliseconds>(delay, terms_.longest_delay);
}

void Failures::succeeded(std::string_view user, const std::optional<ip::Address>& client, clocks::Steady now) {
    if (!client) return;
    auto& accounts = good_.at(key(ip::client_of(*client)));
    std::erase_if(accounts, [&](const auto& one) { return now - one.second >= remembered_for; });
    if (accounts.size() < 10 * most_accounts || accounts.contains(text::lower(user))) accounts[text::lower(user)] = now;
}

std::vector<Ban> Failures::bans(clocks::Steady now) const { return bans_in(tallies_, now); }

std::size_t Failures::lift(const ip::Network& within, clocks::Steady now) {
    std::size_t lifted = 0;
    for (const auto& ban : bans(now)) {
        if (!is_within(ban.network, within)) continue;
        *tallies_.find(key(ban.network)) = {};
        ++lifted;
    }
    return lifted;
}

}  // namespace directory
