#pragma once
// What a client hears for a result of SPF, by the grade that [spf] behavior sets: the levels of qmail's SPF patch.
// Replies are those of RFC 7372 §3.2, which replaces those of RFC 7208 §8.4 to §8.7; or with spf.replies = "qmail" the
// patch's own, octet for octet.

#include "policyd/explain.h"
#include "policyd/inbox.h"
#include "site/spf.h"
#include "smtp/reply.h"

namespace policyd {

/// Positive: the message may come.
smtp::Reply reply_for(const site::Spf& spf, site::SpfBehavior grade, const Examined& examined);

/// The same for all that was examined. Of HELO only a fail counts, and it comes first.
smtp::Reply reply_for(const site::Spf& spf, site::SpfBehavior grade, const Examination& examination);

/// The least that is refused to some recipient.
site::SpfBehavior least_grade(const site::Spf& spf);

/// What smtpd is told.
Opinion opinion_of(const site::Spf& spf, const Examination& examination, std::uint64_t ticket);

/// Of a sender about whom nobody could be asked.
Opinion opinion_of_unasked(const site::Spf& spf, smtp::Reply reply, std::uint64_t ticket);

}  // namespace policyd
