#pragma once
// What qmgr reads of hermod.toml.

#include <chrono>
#include <string>
#include <tuple>
#include <vector>

#include "config/setting.h"
#include "qmgr/route.h"
#include "qmgr/settings.h"
#include "site/checks.h"
#include "site/domains.h"
#include "site/host.h"
#include "site/limits.h"
#include "site/local.h"
#include "site/log_settings.h"
#include "site/loops.h"
#include "site/relay.h"
#include "site/route.h"
#include "spool/options.h"

namespace qmgr {

/// [queue]
struct Patience {
    std::chrono::seconds lifetime = std::chrono::days(5);
    std::chrono::seconds bounce_lifetime = std::chrono::days(1);
    std::chrono::seconds first_retry = std::chrono::minutes(1);
    std::chrono::seconds longest_retry = std::chrono::hours(1);
    std::chrono::seconds delay_notice = std::chrono::hours(4);
    std::string double_bounce_to = "postmaster";
    std::uint64_t segment_size = spool::Options{}.segment_size;
    std::uint64_t keep_free = spool::Options{}.keep_free;
};

inline auto settings(const Patience*) {
    using config::setting;
    using namespace std::chrono_literals;
    constexpr std::chrono::seconds year = std::chrono::days(365);
    return std::tuple{
        setting(
            "lifetime", &Patience::lifetime,
            "How long mail that cannot be delivered is kept and tried before it comes back to its sender (RFC 5321 "
            "§4.5.4.1: 4 to 5 days). It is given up after a last attempt, and never before a number of attempts were "
            "made, so that a clock set wrong does not return all mail.",
            {0s, year}),
        setting("bounce_lifetime", &Patience::bounce_lifetime, "The same for notifications, which come back to nobody.",
                {0s, year}),
        setting("first_retry", &Patience::first_retry,
                "How long the first attempt is followed by none; the next waits grow by half each.", {1s, year}),
        setting("longest_retry", &Patience::longest_retry, "The longest wait between two attempts.", {1s, year}),
        setting("delay_notice", &Patience::delay_notice,
                "How long mail waits before its sender is told of the delay, once. 0: never.", {0s, year}),
        setting("double_bounce_to", &Patience::double_bounce_to,
                "Who is told of mail that failed and whose sender does not exist here: a user or an address of a local "
                "mailbox. He is told once; what cannot be delivered to him either is dropped. Empty: nobody is.",
                site::recipient_or_empty_flaw),
        config::at_start(
            config::octets("segment_size", &Patience::segment_size,
                           "The size of the journal's files. They are written once and used again and again.",
                           {1024 * 1024, 1024 * 1024 * 1024})),
        config::at_start(config::octets(
            "keep_free", &Patience::keep_free,
            "Room left on the disk for what must be written about mail that is here already: below it, new "
            "mail is answered 452 4.3.1.",
            {0, std::uint64_t{1} << 40})),
    };
}

inline std::string flaw(const Patience& queue) {
    if (queue.first_retry <= queue.longest_retry) return {};
    const auto named = [](std::string_view name, std::chrono::seconds set, std::chrono::seconds standard) {
        return std::string(name) + " (" + config::to_text(set) + (set == standard ? ", the default)" : ")");
    };
    const Patience standard;
    return named("first_retry", queue.first_retry, standard.first_retry) + " is longer than " +
           named("longest_retry", queue.longest_retry, standard.longest_retry);
}

struct Config : site::Host {
    Patience queue;
    site::Relay relay;
    site::Local local;
    site::Loops loops;
    site::Domains domains;
    site::Limits limits;
    site::Routes route;
    site::LogSettings log;
};

inline auto settings(const Config*) {
    using config::setting;
    return std::tuple_cat(settings(static_cast<const site::Host*>(nullptr)),
                          std::tuple{
                              setting("queue", &Config::queue, "How long mail is tried."),
                              setting("relay", &Config::relay, site::relay_meaning),
                              setting("local", &Config::local, site::local_meaning),
                              setting("loops", &Config::loops, site::loops_meaning),
                              setting("domains", &Config::domains, site::domains_meaning, site::domains_flaw),
                              setting("limits", &Config::limits, site::limits_meaning),
                              setting("route", &Config::route, site::routes_meaning, site::routes_flaw),
                              setting("log", &Config::log, site::log_meaning),
                          });
}

/// For the queue.
Settings settings_of(const Config& config);

}  // namespace qmgr
