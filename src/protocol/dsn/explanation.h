#pragma once
// The part of a notification that people read: what happened, in plain words, for each recipient. RFC 6522 §3.

#include <string>
#include <string_view>

#include "dsn/report.h"

namespace dsn {

/// What the subject says, by the worst that happened.
std::string_view subject(const Report& report);

/// Lines of at most 78 octets where blanks allow it, ending in CRLF; printable UTF-8.
std::string explanation(const Report& report);

}  // namespace dsn
