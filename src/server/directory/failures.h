#pragma once
// Logins that failed, counted: by client, by its neighbourhood, by account. What follows are delays, then bans, for a
// time.
//
// Whoever guesses passwords is to be slow, and the people whose passwords they are must not notice. So a client from
// which accounts have logged in well has credit, and an account that is guessed at from everywhere stays open to the
// clients it is used from.
//
// Pure but for the clock that its caller reads. Hostile: as many addresses and names as somebody likes; what is
// remembered is bounded, and the oldest is forgotten first.

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "clocks/clock.h"
#include "directory/memory.h"
#include "directory/tally.h"
#include "ip/address.h"
#include "site/login.h"

namespace directory {

class Failures {
public:
    enum class Answer : std::uint8_t { Go, Slower, Banned };

    explicit Failures(site::Login terms) : terms_(std::move(terms)) {}
    void use(site::Login terms) { terms_ = std::move(terms); }

    /// Whether this client may try at all.
    bool is_banned(const std::optional<ip::Address>& client, clocks::Steady now) const;
    /// Before a password or proof is looked at. `user`: as the client wrote it, prepared.
    Answer ask(std::string_view user, const std::optional<ip::Address>& client, clocks::Steady now);
    /// After that: how much later the client hears of it.
    std::chrono::milliseconds failed(std::string_view user, const std::optional<ip::Address>& client,
                                     clocks::Steady now);
    void succeeded(std::string_view user, const std::optional<ip::Address>& client, clocks::Steady now);

    /// Accounts that have logged in from there within a day, as far as they count.
    std::size_t good_accounts(const ip::Network& client, clocks::Steady now) const;

    /// Bans that have begun since this was called last.
    std::vector<Ban> take_begun() { return std::exchange(begun_, {}); }
    std::vector<Ban> bans(clocks::Steady now) const;
    /// Every ban within the network; how many there were. Failures that led to them are forgotten.
    std::size_t lift(const ip::Network& within, clocks::Steady now);

private:
    using Accounts = std::map<std::string, clocks::Steady, std::less<>>;  // when each was last logged in to

    Tally::Terms terms_of(double limit) const { return {.limit = limit, .window = terms_.window}; }
    void count_against(const ip::Network& network, double limit, clocks::Steady now);
    bool is_known(std::string_view user, const std::optional<ip::Address>& client, clocks::Steady now) const;
    bool is_exempt(const std::optional<ip::Address>& client) const;

    site::Login terms_;
    Memory<Tally> tallies_;             // by "network 192.0.2.1/32", "account ann"
    Memory<clocks::Steady> strangers_;  // by account: the last try from a client that it is not known by
    Memory<Accounts> good_;             // by client
    std::vector<Ban> begun_;
};

}  // namespace directory
