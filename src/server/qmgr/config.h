#pragma once
// What qmgr reads of hermod.toml.

#include <chrono>
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "qmgr/route.h"
#include "site/domains.h"
#include "site/host.h"
#include "site/local.h"
#include "site/log_settings.h"
#include "site/loops.h"
#include "site/relay.h"

namespace qmgr {

inline std::string next_hop_flaw(const std::string& next_hop) { return flaw_of_next_hop(next_hop).value_or(""); }

inline auto settings(const Route*) {
    using config::required, config::setting;
    return std::tuple{
        required(setting("domain", &Route::domain,
                         "Whose mail: \"example.net\", \".example.net\" (it and all below), or \"*\".",
                         site::domain_pattern_flaw)),
        required(setting("next_hop", &Route::next_hop,
                         "Where to: \"mx\" (the domain's own exchangers); \"host\" or \"host:port\" to speak SMTP to; "
                         "\"lmtp:host:port\" or \"lmtp:/path\"; \"discard\" (taken and thrown away); \"error:5.1.2 text\" "
                         "(refused with this).",
                         next_hop_flaw)),
    };
}

struct Queue {
    std::chrono::seconds lifetime{5 * 86'400};
    std::chrono::seconds bounce_lifetime{86'400};
    std::chrono::seconds first_retry{60};
    std::chrono::seconds longest_retry{3600};
    double growth = 2;
    std::chrono::seconds delay_notice{4 * 3600};
    std::chrono::seconds dead_host_rest{60};
    std::chrono::seconds longest_dead_host_rest{1800};
    std::uint64_t segment_size = 64 * 1024 * 1024;
    std::uint64_t reserve = 64 * 1024 * 1024;
};

inline auto settings(const Queue*) {
    using config::octets, config::setting;
    using namespace std::chrono_literals;
    return std::tuple{
        setting("lifetime", &Queue::lifetime,
                "How long a message is tried before it is returned. RFC 5321 §4.5.4.1 asks for 4 to 5 days.",
                {1min, 8760h}),
        setting("bounce_lifetime", &Queue::bounce_lifetime, "The same for bounces: nobody waits for them.", {1min, 8760h}),
        setting("first_retry", &Queue::first_retry, "From the first failure to the second try.", {1s, 24h}),
        setting("longest_retry", &Queue::longest_retry, "The longest time between two tries.", {1s, 168h}),
        setting("growth", &Queue::growth, "How many times longer each wait is than the one before.", {1, 10}),
        setting("delay_notice", &Queue::delay_notice,
                "When the sender is told that a message still waits (RFC 3461 §6.2.3). 0s: never.", {0s, 8760h}),
        setting("dead_host_rest", &Queue::dead_host_rest,
                "How long a destination that nobody could reach is left alone, the first time.", {1s, 24h}),
        setting("longest_dead_host_rest", &Queue::longest_dead_host_rest, "The longest such rest.", {1s, 168h}),
        octets("segment_size", &Queue::segment_size, "The size of one file of the journal.",
               {1024 * 1024, std::uint64_t{1} << 32}),
        octets("reserve", &Queue::reserve,
               "Room on the disk kept for recording outcomes: with less left, new messages are refused (452 4.3.1).",
               {0, std::uint64_t{1} << 40}),
    };
}

inline std::string flaw(const Queue& queue) {
    if (queue.first_retry > queue.longest_retry) return "first_retry is longer than longest_retry";
    if (queue.dead_host_rest > queue.longest_dead_host_rest)
        return "dead_host_rest is longer than longest_dead_host_rest";
    return {};
}

struct Config : site::Host {
    Queue queue;
    site::Relay relay;
    site::Local local;
    site::Loops loops;
    site::LogSettings log;
    site::Domains domains;
    std::vector<Route> route;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(
        settings(static_cast<const site::Host*>(nullptr)),
        std::tuple{
            setting("queue", &Config::queue, "How long and how often delivery is tried, and what the queue takes on disk."),
            setting("relay", &Config::relay, site::relay_meaning),
            setting("local", &Config::local, site::local_meaning),
            setting("loops", &Config::loops, site::loops_meaning),
            setting("log", &Config::log, site::log_meaning),
            setting("domains", &Config::domains, site::domains_meaning, site::domains_flaw),
            setting("route", &Config::route,
                    "Where mail for other domains goes; the first that matches wins, and without any it is the "
                    "domain's mail exchangers."),
        });
}

}  // namespace qmgr
