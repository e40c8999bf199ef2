#pragma once
// Another set for the ARC chain of a stranger's message that goes on to another server: what was found out about it
// when it came, sealed in our name, for those to whom it comes next. RFC 8617 §5.1.
//
// The set goes on top of everything, and covers the message as it came with our fields; whoever changes it later breaks
// it, as he breaks every signature.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "arc/chain.h"
#include "clocks/clock.h"
#include "net/stream.h"
#include "policyd/content.h"
#include "policyd/digest_line.h"
#include "site/dkim.h"

namespace policyd {

/// What we say of the message.
struct Statement {
    std::string authserv_id;
    std::string head;                       // what we put in front of the message, our Authentication-Results among it
    arc::Result chain = arc::Result::None;  // as it came
};

/// The key that seals in the name of a domain: RSA, since RFC 8617 §4.1 knows no other. Nothing: there is none.
std::optional<site::DkimKey> sealing_key(const site::Dkim& dkim, std::string_view domain);

/// The three fields, whole; empty: the chain is not one that is sealed, or it cannot be at the moment. Hostile: the
/// message has no Authentication-Results in our name but those of `statement` (they are taken away as it comes in).
net::Task<std::string> seal(DigestLine& keyd, const Content& content, const Statement& statement,
                            const site::DkimKey& key, std::int64_t now, std::chrono::milliseconds time);

}  // namespace policyd
