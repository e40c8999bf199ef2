#pragma once
// What a client hears for a result of SPF, by the grade that [spf] behavior sets: the levels of qmail's SPF patch.
// Replies are those of RFC 7372 §3.2, which replaces those of RFC 7208 §8.4 to §8.7.

#include "site/spf.h"
#include "smtp/reply.h"
#include "spf/check.h"

namespace policyd {

/// Positive: the message may come.
smtp::Reply reply_for(site::SpfBehavior behavior, const spf::Report& report);

}  // namespace policyd
