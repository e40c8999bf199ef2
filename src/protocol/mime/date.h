#pragma once
// Dates as the header writes them: "Fri, 21 Nov 1997 09:55:06 -0600". RFC 5322 §3.3, §4.3.
//
// Pure: the time is an argument. No time zone database either; a date is an instant and the offset it is shown in.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mime {

struct Date {
    std::int64_t unix_seconds = 0;
    int zone_minutes = 0;  // east of UTC

    bool operator==(const Date&) const = default;
};

std::string to_text(const Date& date);

/// Also the obsolete forms of §4.3: two- and three-digit years, "EST" and "GMT", comments, blanks anywhere, no seconds.
/// Unknown zone names count as UTC, as §4.3 asks. Years 1900 to 9999.
std::optional<Date> parse_date(std::string_view text);

}  // namespace mime
