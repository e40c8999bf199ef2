#pragma once
// What policyd thinks of a sender, and why: for the process itself, and for `hermod explain`.
//
// HELO is asked about first where it is a name of its own (RFC 7208 §2.3); a fail there decides. Otherwise the domain
// of the reverse-path does, for which that of HELO stands in where there is none (§2.4). And whether a sender passes
// when it is we who send its mail on. And what would become of a whole message.

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "net/stream.h"
#include "policyd/config.h"
#include "policyd/inbox.h"
#include "provenance/inquiry.h"
#include "resolver/resolver.h"
#include "senders/list.h"
#include "smtp/reply.h"
#include "spf/check.h"

namespace policyd {

/// One identity: what was asked, and what came of it.
struct Examined {
    spf::Request request;
    spf::Report report;
};

struct Examination {
    smtp::Reply reply;               // positive: the message may come
    std::vector<Examined> examined;  // the one that decided comes first; none: a trusted forwarder
};

struct Circumstances {
    std::function<std::chrono::steady_clock::duration()> passed;  // since the question was put
    std::int64_t now = 0;                                         // in seconds since 1970
    bool is_traced = false;                                       // every step is told
};

/// What the settings add to the standard. They have been checked when they were loaded.
spf::Policy policy_of(const site::Spf& spf);

/// One identity by this policy; what would be asked after `timeout` gets no answer.
net::Task<Examined> evaluate(resolver::Resolver& resolver, spf::Policy policy, std::chrono::seconds timeout,
                             spf::Request request, Circumstances circumstances);

/// All questions get answers: those that would come too late, that there is none. So it ends within twice spf.timeout
/// if the resolver's own limit is no longer than that.
net::Task<Examination> examine(resolver::Resolver& resolver, const Config& config, ip::Address client, std::string helo,
                               std::string reverse_path, Circumstances circumstances);

/// What a recipient of this domain hears for it.
smtp::Reply reply_for(const Config& config, const Examination& examination, std::string_view recipients_domain);

/// What else is held against a stranger before his mail is heard ([screening]).
struct Screening {
    struct Finding {
        std::string stage;   // its setting: "no_name"
        std::string reason;  // for people
        double score = 0;
        bool allows = false;  // nothing else counts
    };
    std::vector<Finding> findings;
    Screened screened;                // for recipients to weigh
    std::vector<std::string> broken;  // DNS lists that count for nothing, and why
};
net::Task<Screening> screen(resolver::Resolver& resolver, const Config& config, ip::Address client, std::string helo,
                            std::string reverse_path);

/// What becomes of mail that we send on with its sender as it is.
struct Passage {
    bool is_free = false;   // the domain publishes nothing, or lets each of our addresses pass
    std::string reason;     // "SPF of example.net gives fail (all) for 192.0.2.1"
    bool is_known = false;  // otherwise the DNS did not say all, and it is better asked again
};

/// By the standard alone, since it is another host that asks: no rules, guesses or trusted forwarders of ours. Answers
/// come as with examine().
net::Task<Passage> passage_of(resolver::Resolver& resolver, const Config& config, std::string reverse_path,
                              Circumstances circumstances);

/// A whole message, as it would be brought.
struct Presented {
    std::string octets;
    std::optional<ip::Address> client;  // nothing: none is known, and SPF is not looked at
    std::string helo;
    std::string reverse_path;
    std::vector<std::string> recipients;
    bool is_our_own = false;  // it is one of our people who brings it
};

/// What would come of it, and what that rests on.
struct Rehearsed {
    std::optional<Examination> at_rcpt;  // SPF
    std::string not_judged;              // why; empty: it is judged
    std::vector<std::string> signers;    // of our people's: "example.org (rsa20261128)"
    provenance::Findings findings;
    smtp::Reply reply;  // what the client hears last
    bool junk = false;
    bool discard = false;  // taken, and nobody gets it
    std::string content;   // what was thought of the content; empty: nobody looked at it
    std::string reason;
    std::vector<std::string> remedies;  // it would be taken …
    std::string authentication_results;
};

/// As the running server would look at it, but for signatures that come again and again, which it counts. `senders`:
/// null where no list is heeded.
net::Task<Rehearsed> rehearse(resolver::Resolver& resolver, const Config& config, Presented message,
                              const senders::List* senders, Circumstances circumstances);

/// The fields to be put on the message, folded; at most longest_trace octets of them.
std::string trace_of(const site::Spf& spf, const Examination& examination);

}  // namespace policyd
