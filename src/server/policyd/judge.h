#pragma once
// Messages of strangers, looked at when they are complete: what is found out about each, what is decided, and the
// Authentication-Results that tell of it. RFC 8601.
//
// Bounded: header fields beyond a limit are not kept, signatures beyond the first ten and sets beyond the fiftieth cost
// nothing, and after policy.timeout the DNS is not waited for.

#include <string>
#include <vector>

#include "clocks/clock.h"
#include "dkim/key_cache.h"
#include "net/stream.h"
#include "policyd/collector.h"
#include "policyd/config.h"
#include "policyd/content.h"
#include "policyd/decision.h"
#include "policyd/inbox.h"
#include "policyd/replays.h"
#include "policyd/room.h"
#include "resolver/resolver.h"
#include "senders/list.h"

namespace policyd {

class Judge {
public:
    /// All outlive it.
    Judge(resolver::Resolver& resolver, const clocks::Clock& clock) : resolver_(resolver), clock_(clock) {}

    /// `asked`: the circumstances; its octets are in `content`. `senders`: null where no list is heeded. The ticket of
    /// the answer is that of the question.
    net::Task<Judgement> judge(const Content& content, const Examine& asked, const Config& config,
                               const senders::List* senders);

    /// Who keeps count of what DMARC makes of mail, from now on; null: nobody.
    void tell(Collector* collector) { collector_ = collector; }

private:
    void note(const provenance::Findings& findings, const Examine& asked, const Decision& decision);

    static constexpr std::size_t most_memory = std::size_t{600} << 20;  // octets

    std::vector<Replay> look_for_replays(const provenance::Inquiry& inquiry, const Examine& asked,
                                         const site::Replay& settings);

    resolver::Resolver& resolver_;
    const clocks::Clock& clock_;
    dkim::KeyCache keys_;
    Replays replays_;
    Room room_{most_memory};
    Collector* collector_ = nullptr;
};

}  // namespace policyd
