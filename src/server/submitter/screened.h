#pragma once
// What a recipient hears for what [screening] found at a client: each weighs it by the settings of his domain.

#include "policyd/inbox.h"
#include "site/screening.h"
#include "smtp/reply.h"

namespace submitter {

/// Positive: nothing stands against the client. What rejects comes before the score, the score before what defers.
smtp::Reply verdict_of(const policyd::Screened& screened, const site::ScreeningWeight& weight);

}  // namespace submitter
