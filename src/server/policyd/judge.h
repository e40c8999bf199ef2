#pragma once
// Messages of strangers, looked at when they are complete: what is found out about each, what is decided, and the
// Authentication-Results that tell of it. RFC 8601.
//
// Bounded: header fields beyond a limit are not kept, signatures beyond the first ten and sets beyond the fiftieth cost
// nothing, and after policy.timeout the DNS is not waited for.

#include <memory>
#include <string>
#include <vector>

#include "clocks/clock.h"
#include "dkim/key_cache.h"
#include "net/stream.h"
#include "policyd/config.h"
#include "policyd/content.h"
#include "policyd/decision.h"
#include "policyd/inbox.h"
#include "policyd/replays.h"
#include "resolver/resolver.h"
#include "senders/list.h"

namespace policyd {

class Judge {
public:
    /// All outlive it.
    Judge(resolver::Resolver& resolver, const clocks::Clock& clock) : resolver_(resolver), clock_(clock) {}

    /// The list of senders, from now on.
    void know(std::shared_ptr<const senders::List> list) { senders_ = std::move(list); }

    /// `asked`: the circumstances; its octets are in `content`. The ticket of the answer is that of the question.
    net::Task<Judgement> judge(const Content& content, const Examine& asked, const Config& config);

private:
    std::vector<Replay> look_for_replays(const provenance::Inquiry& inquiry, const Examine& asked,
                                         const site::Replay& settings);

    resolver::Resolver& resolver_;
    const clocks::Clock& clock_;
    dkim::KeyCache keys_;
    Replays replays_;
    std::shared_ptr<const senders::List> senders_ = std::make_shared<senders::List>();  // with the judgements under way
};

}  // namespace policyd
