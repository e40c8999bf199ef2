#pragma once
// How long a run that delivers to a list waits for the DNS. The queue tries again what has had no answer, so a run asks
// not for long.
//
// Hostile: domains whose servers never answer; each run that waits for them holds one of local.programs.

#include <algorithm>
#include <chrono>
#include <functional>
#include <utility>

#include "clocks/clock.h"
#include "dns/answer.h"
#include "site/dns.h"

namespace list {

class Patience {
public:
    using Ask = std::function<dns::Answer(const dns::Question&)>;

    static constexpr std::chrono::seconds for_one{4};  // question
    static constexpr std::chrono::seconds most{8};     // in all

    /// [dns], in a hurry.
    static site::Dns limited(site::Dns settings) {
        settings.timeout = std::min(settings.timeout, for_one);
        return settings;
    }

    /// `clock` outlives it; `ask` waits for `for_one` at most.
    Patience(const clocks::Clock& clock, Ask ask) : clock_(clock), ask_(std::move(ask)) {}

    dns::Answer ask(const dns::Question& question) {
        if (clock_.steady() - began_ > most - for_one) return dns::failed("takes too long");
        return ask_(question);
    }

private:
    const clocks::Clock& clock_;
    Ask ask_;
    clocks::Steady began_ = clock_.steady();
};

}  // namespace list
