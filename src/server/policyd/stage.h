#pragma once
// One look at a stranger, before his mail is heard. Each stage is a function in a file stage_*.cc: the scene in, what
// it found out. It asks the DNS as it needs; what is not answered is held against nobody.
//
// To add one: a setting in site/screening.h, a function here, and a row in screen.cc.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

#include "dns/answer.h"
#include "ip/address.h"
#include "net/stream.h"
#include "policyd/list_health.h"
#include "resolver/resolver.h"
#include "site/screening.h"
#include "smtp/reply.h"

namespace policyd {

/// What a stage found.
struct Finding {
    std::string stage;   // its setting: "no_name"; "lists" with the zone
    std::string reason;  // for people, the client among them: "192.0.2.7 has no reverse name"
    site::ScreeningAction action = site::ScreeningAction::Record;
    double score = 0;
    bool allows = false;       // nothing that others found counts
    std::string code = "7.1";  // of the enhanced status, without its class
    bool operator==(const Finding&) const = default;
};

/// Who wants to bring what. It outlives the stages that look at it.
struct Scene {
    resolver::Resolver& resolver;
    ListHealth& lists;
    const site::Screening& settings;
    std::string hostname;  // ours
    ip::Address client;    // unmapped
    std::string helo;
    std::string sender_domain;  // empty: the null sender, or a local one
    std::chrono::steady_clock::time_point last_moment;

    net::Task<dns::Answer> ask(dns::Name name, dns::Type type) const;
};

using Findings = std::vector<Finding>;

net::Task<Findings> look_at_names(const Scene& scene);  // no_name, unresolved_name, unconfirmed_name, address_in_name
net::Task<Findings> look_at_helo(const Scene& scene);   // helo_is_ours, helo_is_no_name
net::Task<Findings> look_at_sender_domain(const Scene& scene);  // sender_domain
net::Task<Findings> look_at_lists(const Scene& scene);          // lists

/// Names of the client by the DNS, host names only, the first five (RFC 7208 §4.6.4 has a like limit).
struct ReverseNames {
    bool is_known = false;  // otherwise the DNS did not answer
    std::vector<dns::Name> names;
};
net::Task<ReverseNames> reverse_names(const Scene& scene);

}  // namespace policyd
