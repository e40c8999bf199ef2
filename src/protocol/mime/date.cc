#include "mime/date.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdlib>

#include "text/ascii.h"
#include "text/cursor.h"

namespace mime {
namespace {

using text::Cursor;

constexpr std::array<std::string_view, 7> days{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"};
constexpr std::array<std::string_view, 12> months{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
constexpr std::int64_t first_second = -62135596800;  // year 1
constexpr std::int64_t last_second = 253402300799;   // year 9999
constexpr int most_zone_minutes = 99 * 60 + 59;

bool is_space(char c) { return text::is_blank(c) || c == '\r' || c == '\n'; }

// CFWS = blanks, folding and comments          RFC 5322 §3.2.2
// Hostile: comments nest by counting.
void skip_cfws(Cursor& in) {
    std::size_t depth = 0;
    while (!in.at_end()) {
        const char c = in.peek();
        if (depth == 0 && c != '(' && !is_space(c)) return;
        in.take_bytes(depth > 0 && c == '\\' ? 2 : 1);
        if (c == '(') ++depth;
        if (c == ')' && depth > 0) --depth;
    }
}

std::optional<int> take_number(Cursor& in, std::size_t least_digits, std::size_t most_digits, int most) {
    skip_cfws(in);
    const auto digits = in.take_while(text::is_digit);
    if (digits.size() < least_digits || digits.size() > most_digits) return std::nullopt;
    int number = 0;
    for (char c : digits) number = 10 * number + (c - '0');
    if (number > most) return std::nullopt;
    return number;
}

// day-of-week = day-name ","; whether it fits the date is nobody's business          §3.3
bool skip_day_of_week(Cursor& in) {
    skip_cfws(in);
    if (text::is_digit(in.peek())) return true;
    const auto name = in.take_while(text::is_letter);
    const bool is_day = std::ranges::any_of(days, [&](auto day) { return text::starts_with_ignoring_case(name, day); });
    skip_cfws(in);
    in.take(',');  // In the wild: left out
    return is_day;
}

std::optional<unsigned> take_month(Cursor& in) {
    skip_cfws(in);
    const auto name = in.take_while(text::is_letter);
    const auto month = std::ranges::find_if(months, [&](auto m) { return text::starts_with_ignoring_case(name, m); });
    if (month == months.end()) return std::nullopt;
    return static_cast<unsigned>(month - months.begin()) + 1;
}

// year = 4*DIGIT / 2*DIGIT with a century to guess          §3.3, §4.3
std::optional<int> take_year(Cursor& in) {
    skip_cfws(in);
    const auto start = in.offset();
    const auto year = take_number(in, 2, 4, 9999);
    if (!year) return std::nullopt;
    const auto digits = in.offset() - start;
    const int full = digits == 4 ? *year : digits == 2 && *year < 50 ? *year + 2000 : *year + 1900;
    if (full < 1900) return std::nullopt;
    return full;
}

// time-of-day = hour ":" minute [ ":" second ]          §3.3
std::optional<int> take_time(Cursor& in) {
    const auto hour = take_number(in, 1, 2, 23);
    skip_cfws(in);
    if (!hour || !in.take(':')) return std::nullopt;
    const auto minute = take_number(in, 1, 2, 59);
    if (!minute) return std::nullopt;
    skip_cfws(in);
    if (!in.take(':')) return (*hour * 60 + *minute) * 60;
    const auto second = take_number(in, 1, 2, 60);  // a leap second is the first of the next minute
    if (!second) return std::nullopt;
    return (*hour * 60 + *minute) * 60 + *second;
}

// obs-zone = "UT" / "GMT" / "EST" / …          §4.3
int zone_by_name(std::string_view name) {
    struct Zone {
        std::string_view name;
        int hours;
    };
    constexpr std::array zones{Zone{"EDT", -4}, Zone{"EST", -5}, Zone{"CDT", -5}, Zone{"CST", -6},
                               Zone{"MDT", -6}, Zone{"MST", -7}, Zone{"PDT", -7}, Zone{"PST", -8}};
    for (const auto& zone : zones)
        if (text::equal_ignoring_case(zone.name, name)) return 60 * zone.hours;
    return 0;
}

// zone = ( "+" / "-" ) 4DIGIT          §3.3
std::optional<int> take_zone(Cursor& in) {
    skip_cfws(in);
    const bool is_west = in.peek() == '-';
    if (!is_west && in.peek() != '+') return zone_by_name(in.take_while(text::is_letter));
    in.take_bytes(1);
    const auto digits = take_number(in, 4, 4, 9959);
    if (!digits || *digits % 100 > 59) return std::nullopt;
    const int minutes = *digits / 100 * 60 + *digits % 100;
    return is_west ? -minutes : minutes;
}

}  // namespace

std::string to_text(const Date& date) {
    const int zone = std::clamp(date.zone_minutes, -most_zone_minutes, most_zone_minutes);
    const auto local =
        std::clamp(date.unix_seconds, first_second + 60 * most_zone_minutes, last_second - 60 * most_zone_minutes) +
        60 * zone;
    const std::chrono::sys_seconds instant{std::chrono::seconds(local)};
    const auto day = std::chrono::floor<std::chrono::days>(instant);
    const std::chrono::year_month_day ymd(day);
    const auto seconds = (instant - day).count();
    return fmt::format("{}, {} {} {:04} {:02}:{:02}:{:02} {}{:02}{:02}", days[std::chrono::weekday(day).c_encoding()],
                       static_cast<unsigned>(ymd.day()), months[static_cast<unsigned>(ymd.month()) - 1],
                       static_cast<int>(ymd.year()), seconds / 3600, seconds / 60 % 60, seconds % 60,
                       zone < 0 ? '-' : '+', std::abs(zone) / 60, std::abs(zone) % 60);
}

// date-time = [ day-of-week "," ] day month year time zone          §3.3
std::optional<Date> parse_date(std::string_view text) {
    Cursor in(text);
    if (!skip_day_of_week(in)) return std::nullopt;
    const auto day = take_number(in, 1, 2, 31);
    const auto month = day ? take_month(in) : std::nullopt;
    const auto year = month ? take_year(in) : std::nullopt;
    const auto time = year ? take_time(in) : std::nullopt;
    const auto zone = time ? take_zone(in) : std::nullopt;
    if (!zone) return std::nullopt;
    skip_cfws(in);
    if (!in.at_end()) return std::nullopt;
    const std::chrono::year_month_day ymd(std::chrono::year(*year), std::chrono::month(*month),
                                          std::chrono::day(static_cast<unsigned>(*day)));
    if (!ymd.ok()) return std::nullopt;
    const auto midnight = std::chrono::sys_seconds(std::chrono::sys_days(ymd)).time_since_epoch().count();
    return Date{midnight + *time - 60 * *zone, *zone};
}

}  // namespace mime
