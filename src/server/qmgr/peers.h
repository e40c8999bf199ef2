#pragma once
// The processes around the queue, as it sees them: somebody to send messages to. wiring.cc connects them to sockets,
// tests and the simulator to themselves.

#include <compare>
#include <cstdint>

#include "admind/inbox.h"
#include "deliver/inbox.h"
#include "directory/inbox.h"
#include "process/role.h"
#include "relay/inbox.h"
#include "smtpd/inbox.h"

namespace qmgr {

struct Peer {
    process::Role role = process::Role::Master;
    std::uint8_t index = 0;
    auto operator<=>(const Peer&) const = default;
};

/// Sending never fails and never calls back; to a peer that is gone it does nothing.
class Peers {
public:
    virtual ~Peers() = default;
    virtual void send(Peer submitter, const smtpd::Committed& message) = 0;
    virtual void send(Peer submitter, const smtpd::Refused& message) = 0;
    virtual void send(Peer submitter, const smtpd::BlobOpened& message) = 0;
    virtual void send(Peer relay, const relay::Attempt& message) = 0;
    virtual void send(Peer relay, const relay::Connections& message) = 0;
    virtual void send(Peer deliver, const deliver::Attempt& message) = 0;
    virtual void send(Peer directory, const directory::LookUp& message) = 0;
    virtual void send(Peer admind, const admind::Listed& message) = 0;
    virtual void send(Peer admind, const admind::Acted& message) = 0;
    virtual void send(Peer admind, const admind::Content& message) = 0;
    virtual void send(Peer admind, const admind::Totals& message) = 0;
};

}  // namespace qmgr
