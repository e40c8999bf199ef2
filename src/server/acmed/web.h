#pragma once
// Requests to the authority: over TLS that proves who it is, each on a connection of its own. RFC 8555 §6.1.

#include <expected>

#include "acme/conversation.h"
#include "https/requester.h"
#include "net/stream.h"

namespace acmed {

class Web {
public:
    /// It outlives this one.
    explicit Web(https::Requester& requester) : requester_(requester) {}

    /// Every failure of the network is an Error, and so is an authority that is not who it should be.
    net::Task<std::expected<acme::Answer, acme::Error>> ask(acme::Send request);

private:
    https::Requester& requester_;
};

}  // namespace acmed
