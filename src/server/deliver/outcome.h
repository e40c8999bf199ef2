#pragma once
// What a delivery's result means for the queue and for the sender. Pure.
//
// Everything that an administrator or the user can mend is temporary; only a mailbox that is full by its own limit, or
// does not exist, fails. Texts go into bounces, so they name neither files nor calls: those are in the log.

#include <cstdint>

#include "deliver/job.h"
#include "directory/inbox.h"
#include "qmgr/inbox.h"
#include "smtp/reply.h"

namespace deliver {

/// Whether mail for a mailbox over its quota comes back at once, or waits for room.
enum class WhenOverQuota : std::uint8_t { Fail, Defer };

qmgr::RecipientOutcome outcome_of(Result result, WhenOverQuota when_over_quota);
/// Of a mailbox that directory did not find.
qmgr::RecipientOutcome outcome_of(const directory::Mailbox& not_found);
/// By the reply's class.
qmgr::RecipientOutcome outcome_of(smtp::Reply reply);

}  // namespace deliver
