#pragma once
// Clients who misbehave before they have said who they are: who guess recipients, who do not wait to be greeted. They
// are banned from the door, for a time. Pure but for the clock that its caller reads; bounded (memory.h).

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "clocks/clock.h"
#include "directory/memory.h"
#include "directory/tally.h"
#include "ip/address.h"
#include "site/bans.h"

namespace directory {

enum class Misdeed : std::uint8_t { UnknownRecipient, EarlyTalk };
/// "recipients that do not exist"
std::string_view to_text(Misdeed misdeed);

class Conduct {
public:
    explicit Conduct(site::Bans terms = {}) : terms_(std::move(terms)) {}
    void use(site::Bans terms) { terms_ = std::move(terms); }
    const site::Bans& terms() const { return terms_; }

    /// `credit`: accounts that have logged in from there lately. Whether the client is banned by it.
    std::optional<Ban> misbehaved(Misdeed misdeed, const ip::Address& client, std::size_t credit, clocks::Steady now);
    /// It asked for a recipient that there is: a server that brings much mail brings some for nobody as well.
    void brought_well(const ip::Address& client, std::size_t credit, clocks::Steady now);
    bool is_exempt(const ip::Address& client) const;

    std::vector<Ban> bans(clocks::Steady now) const;
    /// Every ban within the network; how many there were. What led to them is forgotten.
    std::size_t lift(const ip::Network& within, clocks::Steady now);

private:
    Tally::Terms terms_of(Misdeed misdeed, std::size_t credit) const;

    site::Bans terms_;
    Memory<Tally> misdeeds_;  // by "0 192.0.2.1/32"
    Memory<Tally> bans_;      // by "192.0.2.1/32"
};

}  // namespace directory
