#pragma once
// Whether a message says that another has not arrived: a delivery status notification (RFC 3464) with a failure among
// its recipients, or qmail's bounce message. Everything else that comes back (delays, vacation notices, greetings from
// scanners) says nothing about a mailbox.

#include <string_view>

namespace lists {

bool is_failure(std::string_view message);

}  // namespace lists
