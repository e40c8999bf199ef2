#pragma once
// A message that is complete, shown to policyd before qmgr is asked to keep it: whether it is taken, which fields are
// put on top of it, and whether it is junk.
//
// Nobody answers, or not in time: [policy] unavailable decides of strangers' mail, [dkim] unavailable of our people's,
// so that no process that dies loses mail, lets in what it would have refused, or sends out unsigned what is to be
// signed.

#include <cstdint>
#include <string>
#include <string_view>

#include "logs/log.h"
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

/// Whose message it was, as the log names him.
struct Bringer {
    std::string_view client;  // an address, "local", "uid 1000"
    std::uint16_t port = 0;
    std::string_view reverse_path;
};

/// For the log and the trace, where there is something to say. `id`: 0 where the message was not kept.
void note(logs::Log& log, const policyd::Judgement& judgement, std::uint64_t id, const Bringer& by);

}  // namespace submitter
