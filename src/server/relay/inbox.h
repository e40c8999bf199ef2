#pragma once
// What relay is asked to do: try to hand one message to one destination. Nothing else under server/relay may be
// included from outside. The answer is qmgr::AttemptDone, always exactly one for each Attempt.

#include <cstdint>
#include <string>
#include <tuple>
#include <variant>

#include "file/descriptor.h"
#include "smtp/envelope.h"

namespace relay {

struct Attempt {
    std::uint64_t attempt = 0;
    std::uint64_t message = 0;  // queue id, for the log
    std::string destination;  // "mx:example.org", "smtp:host:25" (host may be a name, IPv4, or [IPv6]), "lmtp:host:24",
                              // "lmtp:/path", "smtps:host:465"; see destination.h for what may follow
    smtp::Envelope envelope;  // only the recipients of this attempt
    std::string octets;       // the message; empty when `blob` holds it
    file::Descriptor blob;    // open for reading
    std::uint64_t size = 0;
    bool operator==(const Attempt&) const = default;
};
constexpr auto fields(const Attempt*) {
    return std::tuple{&Attempt::attempt, &Attempt::message, &Attempt::destination, &Attempt::envelope,
                      &Attempt::octets,  &Attempt::blob,    &Attempt::size};
}

/// How many connections this relay may have to a destination at most, from now on (qmgr shares out the total).
struct Connections {
    std::string destination;
    std::uint32_t most = 0;
    bool operator==(const Connections&) const = default;
};
constexpr auto fields(const Connections*) { return std::tuple{&Connections::destination, &Connections::most}; }

using FromQmgr = std::variant<Attempt, Connections>;

}  // namespace relay
