#include "qmgr/config.h"

#include <algorithm>
#include <optional>

#include "smtp/path.h"
#include "text/ascii.h"
#include "text/idna.h"

namespace qmgr {
namespace {

constexpr std::uint32_t most_blobs = 20'000;  // of one process: each is an open file

LoopPolicy policy_of(site::LoopPolicy policy) {
    switch (policy) {
        case site::LoopPolicy::Bounce: break;
        case site::LoopPolicy::Discard: return LoopPolicy::Discard;
        case site::LoopPolicy::Hold: return LoopPolicy::Hold;
        case site::LoopPolicy::Deliver: return LoopPolicy::Deliver;
    }
    return LoopPolicy::Bounce;
}

std::optional<LoopPolicy> policy_of(site::DomainLoopPolicy policy) {
    switch (policy) {
        case site::DomainLoopPolicy::AsServer: break;
        case site::DomainLoopPolicy::Bounce: return LoopPolicy::Bounce;
        case site::DomainLoopPolicy::Discard: return LoopPolicy::Discard;
        case site::DomainLoopPolicy::Hold: return LoopPolicy::Hold;
        case site::DomainLoopPolicy::Deliver: return LoopPolicy::Deliver;
    }
    return std::nullopt;
}

/// As the queue has addresses: with a domain, in lower case and A-labels.
std::string canonical(std::string address, const std::string& hostname) {
    if (address.empty()) return address;
    if (!address.contains('@')) address += '@' + hostname;
    const auto mailbox = smtp::parse_mailbox(address, smtp::Utf8::Allowed);
    return text::lower(mailbox ? smtp::to_text(*mailbox) : address);
}

void set_loops(Settings& out, const Config& config) {
    const auto& loops = config.loops;
    out.max_hops = loops.max_hops;
    out.remembered = loops.remembered;
    out.loops = policy_of(loops.policy);
    out.loops_deliver_to = canonical(loops.deliver_to, config.hostname);
    for (const auto& [address, rule] : loops.addresses)
        out.loop_addresses[canonical(address, config.hostname)] = {policy_of(rule.policy),
                                                                   canonical(rule.deliver_to, config.hostname)};
    for (const auto& [name, domain] : config.domains) {
        const auto policy = policy_of(domain.loop_policy);
        const std::string_view suffix = std::string_view(name).substr(name.starts_with('.') ? 1 : 0);
        if (policy)
            out.loop_domains[(name.starts_with('.') ? "." : "") +
                             text::to_a_labels(suffix).value_or(text::lower(suffix))] = *policy;
    }
}

}  // namespace

Settings settings_of(const Config& config) {
    Settings out;
    out.hostname = config.hostname;
    out.lifetime = config.queue.lifetime;
    out.bounce_lifetime = config.queue.bounce_lifetime;
    out.first_retry = config.queue.first_retry;
    out.longest_retry = config.queue.longest_retry;
    out.delay_notice = config.queue.delay_notice;
    out.double_bounce_to = config.queue.double_bounce_to;
    out.connections_per_destination = config.relay.connections_per_destination;
    // Header fields for the top of a long message, known at its end, take a second file for the time of a copy.
    out.blobs_per_submitter = std::min(2 * config.limits.connections, most_blobs);
    set_loops(out, config);
    out.routes = config.route;
    return out;
}

}  // namespace qmgr
