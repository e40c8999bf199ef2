#pragma once
// What policyd thinks of a sender, and why: for the process itself, and for `hermod explain`.
//
// HELO is asked about first where it is a name of its own (RFC 7208 §2.3); a fail there decides. Otherwise the domain
// of the reverse-path does, for which that of HELO stands in where there is none (§2.4).

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "net/stream.h"
#include "policyd/config.h"
#include "resolver/resolver.h"
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

/// All questions get answers: those that would come too late, that there is none. So it ends within twice spf.timeout
/// if the resolver's own limit is no longer than that.
net::Task<Examination> examine(resolver::Resolver& resolver, const Config& config, ip::Address client, std::string helo,
                               std::string reverse_path, Circumstances circumstances);

/// The fields to be put on the message, folded; at most longest_trace octets of them.
std::string trace_of(const site::Spf& spf, const Examination& examination);

}  // namespace policyd
