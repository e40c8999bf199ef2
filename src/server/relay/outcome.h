#pragma once
// What came of an attempt, as qmgr is to hear it. RFC 5321 §4.2.1 (4yz, 5yz), RFC 3463 §3.5 (network statuses).
//
// The rule: only a server's 5yz, or a fact that no retry can change, is permanent. Everything strange, slow or broken
// is temporary, so that no mail is lost to a bad hour.

#include <span>
#include <string>
#include <string_view>

#include "dns/exchangers.h"
#include "qmgr/inbox.h"
#include "relay/route.h"
#include "smtp/sender.h"

namespace relay {

/// Of a server's reply so much is kept, for the log, the journal and the bounce.
constexpr std::size_t longest_kept_reply = 1024;

/// Why a place could not be used.
struct Trouble {
    Place place;
    smtp::Reply reply{};             // the server's, where it refused the session
    std::string why{};               // else: what happened
    bool is_permanent = false;       // it refused, in words that leave no hope
    bool is_for_encryption = false;  // there was no agreement on that, or none was offered
    bool is_for_login = false;       // we could not log in
    bool is_login_refused = false;   // likewise, as our password is not the right one

    bool is_refusal() const { return reply.code != 0; }
};

/// A verdict for every recipient alike.
struct Verdict {
    qmgr::Destination destination = qmgr::Destination::Fine;
    qmgr::RecipientOutcome outcome;
};

qmgr::RecipientOutcome outcome_of(const smtp::RecipientOutcome& recipient, std::string_view remote);
/// Whether the server has had enough of us, apart from this message.
bool is_busy(const smtp::RecipientOutcome& recipient);

Verdict no_route(const dns::NoRoute& reason);
Verdict unreachable(std::span<const Trouble> troubles);
Verdict shutting_down();
Verdict unreadable_message();
Verdict bad_destination(std::string_view destination);
/// Connections were made and lost, several times over.
Verdict never_got_through(std::string_view remote);

}  // namespace relay
