#pragma once
// Messages of strangers, looked at when they are complete: what is found out about each, what is decided, and the
// Authentication-Results that tell of it. RFC 8601.
//
// Bounded: header fields beyond a limit are not kept, signatures beyond the first ten and sets beyond the fiftieth cost
// nothing, and after policy.timeout the DNS is not waited for.

#include <string>
#include <vector>

#include "arc/verifier.h"
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

/// The memory that looking at the message takes at most.
std::size_t memory_for(const Content& content);

/// A judgement, and who is behind the message.
struct Judged {
    Judgement judgement;
    std::string author;      // the domain of From; empty: there is none
    bool is_proved = false;  // DMARC passed for it
    arc::Result chain = arc::Result::None;
};

class Judge {
public:
    /// All outlive it.
    Judge(resolver::Resolver& resolver, const clocks::Clock& clock) : resolver_(resolver), clock_(clock) {}

    /// Who counts what DMARC makes of mail, from now on; nullptr: nobody.
    void tell(Collector* collector) { collector_ = collector; }

    /// What is given to a message meanwhile: some of the room, which it gives back in part once more is known, and the
    /// time by which the DNS has to answer.
    struct Bounds {
        Room::Share& share;
        std::chrono::steady_clock::time_point until;
    };
    /// `asked`: the circumstances; its octets are in `content`. `senders`: null where no list is heeded. The ticket of
    /// the answer is that of the question.
    net::Task<Judged> judge(const Content& content, const Examine& asked, const Config& config,
                            const senders::List* senders, Bounds bounds);

private:
    void note(const provenance::Findings& findings, const Examine& asked, const Decision& decision, bool is_report);

    std::vector<Replay> look_for_replays(const provenance::Inquiry& inquiry, const Examine& asked,
                                         const site::Replay& settings);

    resolver::Resolver& resolver_;
    const clocks::Clock& clock_;
    Collector* collector_ = nullptr;
    dkim::KeyCache keys_;
    Replays replays_;
};

/// What SPF said when the message came, as far as it proves something. Hostile: what is no result is left out.
std::vector<provenance::Spf> spf_of(const Examine& asked);
/// "Friends of mail <friends.lists.example.org>" (RFC 2919 §3): what is in the brackets.
std::string list_id_of(const dkim::Header& header);

}  // namespace policyd
