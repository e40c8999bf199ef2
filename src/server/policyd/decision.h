#pragma once
// What becomes of a stranger's message by what was found out about it. RFC 9989 §7 (what the author's domain asks, and
// what a receiver makes of that), RFC 7372 (the codes).
//
// Pure: [dmarc], [senders], [replay] and [arc] say how far it goes. The order: a sender who is blocked, to
// whom DMARC may be sterner still; one who is allowed; DMARC, with its exceptions; signatures that come again and
// again.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "ip/address.h"
#include "provenance/inquiry.h"
#include "senders/list.h"
#include "site/authentication.h"
#include "smtp/reply.h"

namespace policyd {

/// Why mail that fails DMARC is taken all the same, or treated more mildly than its author's domain wants.
enum class Override : std::uint8_t {
    None,
    TestMode,          // its domain says so
    TrustedForwarder,  // the client is one, or a sealer of ARC is
    MailingList,
    LocalPolicy,  // an exception, a grade that does not go so far, a sender who is allowed
};

/// Of a passing signature that may have been sent again and again.
struct Replay {
    std::size_t signature = 0;           // in Findings::dkim
    std::size_t recipients = 0;          // that it came for, and that To and Cc do not name
    std::vector<std::string> uncovered;  // fields that are there and that it leaves open: "to", "subject"
    bool is_suspicious = false;
};

/// All that a decision rests on.
struct Evidence {
    const provenance::Findings& findings;
    std::optional<ip::Address> client;
    std::string list_id;  // of a mailing list, as List-Id has it; empty: none
    senders::Opinion sender;
    std::vector<Replay> replays;
};

struct Decision {
    smtp::Reply reply;
    bool junk = false;
    std::string reason;  // in words; empty: nothing was decided by it
    Override override = Override::None;
    dmarc::Policy disposition = dmarc::Policy::None;  // what is done by DMARC
};

Decision decide(const site::Authentication& settings, const Evidence& evidence);

/// All by which a list of senders can know a message.
senders::Identities identities_of(const provenance::Findings& findings);

}  // namespace policyd
