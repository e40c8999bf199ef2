#pragma once
// The DNS, asked until a moment that is set beforehand: what is not answered by then is not answered.

#include <chrono>

#include "dns/answer.h"
#include "net/stream.h"
#include "resolver/resolver.h"

namespace policyd {

/// `resolver` outlives the question, which may go on when nobody waits for it any more.
net::Task<dns::Answer> ask_until(resolver::Resolver& resolver, dns::Question question,
                                 std::chrono::steady_clock::time_point last_moment);

}  // namespace policyd
