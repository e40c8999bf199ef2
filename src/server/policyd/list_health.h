#pragma once
// Which DNS lists are to be believed. One that lists its test point for "never listed", or does not list the one for
// "always listed", is dead, sold, or answers everything (RFC 5782 §5); one that complains about our questions would go
// on doing so. Neither is asked again for a while, and the log says so once.

#include <chrono>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>

#include "clocks/clock.h"
#include "dns/name.h"
#include "net/stream.h"
#include "resolver/resolver.h"

namespace policyd {

class ListHealth {
public:
    static constexpr std::chrono::minutes sound_for{60};
    static constexpr std::chrono::minutes suspended_for{10};
    static constexpr std::chrono::seconds time_enough{5};  // for an answer

    /// That a list is not asked for a while, and why: "it lists everything".
    using Tell = std::function<void(const dns::Name& zone, std::string_view why)>;

    /// Both outlive it. Hostile: a resolver that limits what one zone is asked would fall silent in a flood of
    /// strangers, and the list with it; which lists are asked is the administrator's choice.
    ListHealth(resolver::Resolver& resolver, const clocks::Clock& clock, Tell tell)
        : resolver_(resolver), clock_(clock), tell_(std::move(tell)) {}

    /// Asks for the test points where that has not been done lately. False also where they are not answered in time.
    net::Task<bool> is_sound(dns::Name zone, bool is_of_names, std::chrono::steady_clock::time_point last_moment);
    /// One question to a sound list, until `last_moment`. One that refuses it, or answers with nonsense, is suspended,
    /// and one that does not answer several times on end, where it had the time.
    net::Task<dns::Answer> ask(const dns::Name& zone, dns::Question question,
                               std::chrono::steady_clock::time_point last_moment);

private:
    void suspend(const dns::Name& zone, std::string_view why);
    void miss(const dns::Name& zone, std::string_view why);

    struct State {
        bool is_sound = false;
        int missed = 0;  // on end
        std::chrono::steady_clock::time_point until;
    };
    const State* known(const dns::Name& zone) const;

    resolver::Resolver& resolver_;
    const clocks::Clock& clock_;
    Tell tell_;
    std::map<dns::Name, State> zones_;  // those of the configuration, and of earlier ones
};

}  // namespace policyd
