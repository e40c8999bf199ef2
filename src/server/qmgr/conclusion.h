#pragma once
// What is known of some recipients of a message once an attempt is over: the draft is made when the attempt starts, the
// verdicts are filled in when it comes back, and conclusion.cc makes it durable.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "qmgr/inbox.h"
#include "smtp/envelope.h"
#include "spool/spool.h"

namespace qmgr {

struct Verdict {
    std::uint8_t place = 0;       // bit of spool::Task::pending
    std::uint8_t in_attempt = 0;  // its number among the attempt's recipients
    smtp::Recipient recipient;
    Status status = Status::Deferred;
    bool is_expired = false;  // failed because its time is over
    smtp::Reply reply;
    std::string remote;
    bool remote_does_dsn = false;
    std::string tls;

    bool is_final() const { return status != Status::Deferred; }
};

struct Conclusion {
    spool::MessageId id = 0;
    std::uint32_t task = 0;
    std::uint64_t attempt = 0;  // 0: none was made
    std::uint64_t tried = 0;    // bits of spool::Task::pending that the attempt was about
    smtp::Envelope message;     // without recipients
    std::string author = {};    // who is told, where the message's reverse-path is a rewritten one of his
    std::int64_t arrived = 0;
    std::vector<Verdict> verdicts;
    bool notices_delay = false;  // the deferred recipients' sender is to be told
    // It may be written down in parts:
    bool is_counted = false;  // its attempt, by another part
    bool moves_on = true;     // its task, to the next attempt; or another part does
};

/// Bits of spool::Task::pending that the verdicts are about.
std::uint64_t places_of(const Conclusion& conclusion);

/// The last words of another server as they are kept with a task and shown by `queue list`:
/// "450 4.2.1 try later (mx.example.net[192.0.2.1]:25)".
std::string diagnostic_of(const Verdict& verdict);

/// The host in "mx.example.net[192.0.2.1]:25", "[192.0.2.1]:25".
std::string host_of(std::string_view remote);

/// "5.1.1" out of a reply; made from its first digit where it brought none.
std::string status_of(const smtp::Reply& reply);

}  // namespace qmgr
