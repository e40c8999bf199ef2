#pragma once
// Mail that its sender wants released later: HOLDFOR and HOLDUNTIL of MAIL, and what EHLO says of them. RFC 4865.
//
// Values only; times are seconds since 1970, and the clock is the caller's.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace smtp {

/// HOLDFOR=3600: so many seconds after the message is here.
struct HoldFor {
    std::uint32_t seconds = 0;
    bool operator==(const HoldFor&) const = default;
};
/// HOLDUNTIL=2026-12-24T18:00:00Z.
struct HoldUntil {
    std::int64_t time = 0;
    bool operator==(const HoldUntil&) const = default;
};
using Hold = std::variant<HoldFor, HoldUntil>;

/// When the message is to be released; a time that has passed is now. None: later than `longest` from now.
std::optional<std::int64_t> release_time(const Hold& hold, std::int64_t now, std::uint32_t longest);

// date-time = full-date "T" full-time                                             RFC 3339 §5.6
std::optional<std::int64_t> parse_date_time(std::string_view text);
std::string to_date_time(std::int64_t time);

/// "604800 2026-12-04T18:00:00Z": the longest interval, and the last time, for EHLO.
std::string future_release_limits(std::uint32_t longest, std::int64_t now);

}  // namespace smtp
