#pragma once
// How the queue behaves. config.cc fills it from the configuration.

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "qmgr/route.h"

namespace qmgr {

using std::chrono::milliseconds;

/// What happens to a message that goes round in circles (loops.h).
enum class LoopPolicy : std::uint8_t { Bounce, Discard, Hold, Deliver };

struct LoopRule {
    LoopPolicy policy = LoopPolicy::Bounce;
    std::string deliver_to = {};  // of Deliver: an address of a mailbox here; empty: the recipient's own
    bool operator==(const LoopRule&) const = default;
};

constexpr milliseconds longest_hold = std::chrono::days(366);  // whatever the submitter says (RFC 4865)

struct Settings {
    std::string hostname = "localhost";

    milliseconds lifetime = std::chrono::days(5);         // from arrival until it is given up (RFC 5321 §4.5.4.1)
    milliseconds bounce_lifetime = std::chrono::days(1);  // the same for notifications: nobody waits for them
    milliseconds first_retry = std::chrono::minutes(1);
    milliseconds longest_retry = std::chrono::hours(1);
    milliseconds delay_notice = std::chrono::hours(4);  // 0: none

    std::uint32_t connections_per_destination = 20;
    std::uint32_t attempts_per_relay = 1000;
    std::uint32_t attempts_per_deliver = 200;
    std::uint64_t octets_per_peer = 64 * 1024 * 1024;  // bodies on their way to one process

    std::uint32_t blobs_per_submitter = 2000;  // messages on their way in, as many as it may have connections

    std::string double_bounce_to = "postmaster";  // who hears of failures whose sender does not exist; empty: nobody

    LoopPolicy loops = LoopPolicy::Bounce;
    std::string loops_deliver_to;
    std::map<std::string, LoopRule, std::less<>> loop_addresses;  // in lower case
    std::map<std::string, LoopPolicy, std::less<>> loop_domains;  // also ".example.org"
    std::uint32_t remembered = 50'000;                            // messages; 0: none
    std::uint32_t max_hops = 100;                                 // RFC 5321 §6.3

    std::vector<Route> routes;

    /// Where a notification goes is directory's to say, and waits for it. Without one, our own domains are these.
    bool asks_directory = true;
    std::vector<std::string> local_domains;
};

}  // namespace qmgr
