#pragma once
// A message that is complete, shown to policyd before qmgr is asked to keep it: whether it is taken, which fields are
// put on top of it, and whether it is junk.
//
// Nobody answers, or not in time: [policy] unavailable decides of strangers' mail, [dkim] unavailable of our people's,
// so that no process that dies loses mail, lets in what it would have refused, or sends out unsigned what is to be
// signed.

#include <string>

#include "net/stream.h"
#include "policyd/inbox.h"
#include "site/authentication.h"
#include "spool/spool.h"
#include "submitter/content.h"
#include "submitter/opinions.h"

namespace submitter {

/// One more recipient, as he was asked for.
void name_recipient(policyd::Examine& about, const std::string& address);

/// `about`: who brings it, and how. What is to be put on the message is on it afterwards.
net::Task<policyd::Judgement> examine(Opinions& opinions, const site::Authentication& settings, policyd::Examine about,
                                      Content& content, spool::Envelope& envelope);

}  // namespace submitter
