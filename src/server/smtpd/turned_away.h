#pragma once
// Clients who hear in place of a greeting that their mail is not wanted. RFC 5321 §3.1.

#include <chrono>
#include <string>

#include "net/stream.h"
#include "smtp/reply.h"

namespace smtpd {

/// 421: told, and that is all. 554: the client has a little while to say QUIT; whatever else it says is out of place.
net::Task<void> turn_away(net::Stream& stream, smtp::Reply refusal, std::string early,
                          std::chrono::milliseconds patience);

}  // namespace smtpd
