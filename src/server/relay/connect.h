#pragma once
// From a route to a conversation that is ready for mail: the places in their order, until one greets us. RFC 5321 §5.1.
//
// What makes the next place be tried: no connection, no greeting in time, any refusal of the session (554, 421, EHLO
// refused), but not a refusal of our password: the other places of that name know no other. Places that failed a moment
// ago are tried last, so that a dead first exchanger does not cost every connection its time-out.

#include <chrono>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "clocks/clock.h"
#include "net/stream.h"
#include "relay/config.h"
#include "relay/converse.h"
#include "relay/credentials.h"
#include "relay/outcome.h"
#include "relay/route.h"
#include "relay/tls_policy.h"
#include "resolver/resolver.h"
#include "tls/client.h"

namespace relay {

/// A connection, or why there is none: "Connection refused".
using Connected = std::expected<std::unique_ptr<net::Stream>, std::string>;

/// The network, as far as relay needs it. A seam.
class Connector {
public:
    virtual ~Connector() = default;
    virtual net::Task<Connected> connect(Place place, std::chrono::milliseconds timeout) = 0;
};

/// Which places failed a short time ago.
class RecentFailures {
public:
    static constexpr std::chrono::milliseconds remembered = std::chrono::minutes(1);
    static constexpr std::size_t most = 10'000;

    void note(const Place& place, clocks::Steady now);
    void forget(const Place& place) { until_.erase(place.where); }
    bool has(const Place& place, clocks::Steady now) const;
    void forget_old(clocks::Steady now);
    std::size_t size() const { return until_.size(); }

private:
    std::map<std::variant<ip::Endpoint, std::string>, clocks::Steady> until_;
};

/// What relay works with; outlives everything else in it.
struct Means {
    resolver::Resolver& resolver;
    Connector& connector;
    const clocks::Clock& clock;
    std::function<std::uint64_t()> random;
    const Config& config;
    std::shared_ptr<tls::Client> tls{};  // none: nothing is encrypted
    Credentials credentials{};
    std::function<std::string()> nonce{};  // unpredictable, for logging in
    RecentFailures failures{};
    std::size_t connections = 0;  // of all pools, those being opened included
};

/// However many places there are, and however slow: after this long no further one is tried.
constexpr std::chrono::milliseconds longest_search = std::chrono::minutes(12);

struct Opened {
    Place place;
    std::shared_ptr<Conversation> conversation;
    std::string tls;  // how it is encrypted, or why not, for people
};
/// A conversation, or what every message for this destination is to be told. Nothing of it is thrown.
using Search = std::variant<Opened, Verdict>;

net::Task<Search> open_conversation(Destination destination, Means& means);

}  // namespace relay
