#include "smtp/future_release.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>

#include "lang/overloaded.h"
#include "text/ascii.h"
#include "text/cursor.h"

namespace smtp {
namespace {

constexpr std::int64_t minute = 60, hour = 3600, day = 86'400;

/// Exactly so many digits.
std::optional<int> take_digits(text::Cursor& in, std::size_t count) {
    const auto digits = in.take_bytes(count);
    int number = 0;
    if (digits.size() != count || !std::ranges::all_of(digits, text::is_digit)) return std::nullopt;
    std::from_chars(digits.data(), digits.data() + digits.size(), number);
    return number;
}

// full-date = 4DIGIT "-" 2DIGIT "-" 2DIGIT
std::optional<std::int64_t> take_date(text::Cursor& in) {
    const auto year = take_digits(in, 4);
    if (!year || !in.take('-')) return std::nullopt;
    const auto month = take_digits(in, 2);
    if (!month || !in.take('-')) return std::nullopt;
    const auto day_of_month = take_digits(in, 2);
    if (!day_of_month) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(*year), std::chrono::month(static_cast<unsigned>(*month)),
                                           std::chrono::day(static_cast<unsigned>(*day_of_month))};
    if (!date.ok()) return std::nullopt;
    return std::chrono::sys_days(date).time_since_epoch().count() * day;
}

// partial-time = 2DIGIT ":" 2DIGIT ":" 2DIGIT ["." 1*DIGIT]; a leap second is 60
std::optional<std::int64_t> take_time(text::Cursor& in) {
    const auto hours = take_digits(in, 2);
    if (!hours || *hours > 23 || !in.take(':')) return std::nullopt;
    const auto minutes = take_digits(in, 2);
    if (!minutes || *minutes > 59 || !in.take(':')) return std::nullopt;
    const auto seconds = take_digits(in, 2);
    if (!seconds || *seconds > 60) return std::nullopt;
    if (in.take('.') && in.take_while(text::is_digit).empty()) return std::nullopt;
    return *hours * hour + *minutes * minute + *seconds;
}

// time-offset = "Z" / ("+" / "-") 2DIGIT ":" 2DIGIT
std::optional<std::int64_t> take_offset(text::Cursor& in) {
    if (in.take('Z') || in.take('z')) return 0;
    const bool is_east = in.take('+');
    if (!is_east && !in.take('-')) return std::nullopt;
    const auto hours = take_digits(in, 2);
    if (!hours || *hours > 23 || !in.take(':')) return std::nullopt;
    const auto minutes = take_digits(in, 2);
    if (!minutes || *minutes > 59) return std::nullopt;
    const auto offset = *hours * hour + *minutes * minute;
    return is_east ? offset : -offset;
}

}  // namespace

std::optional<std::int64_t> parse_date_time(std::string_view text) {
    text::Cursor in(text);
    const auto date = take_date(in);
    if (!date || !(in.take('T') || in.take('t'))) return std::nullopt;
    const auto time = take_time(in);
    if (!time) return std::nullopt;
    const auto offset = take_offset(in);
    if (!offset || !in.at_end()) return std::nullopt;
    return *date + *time - *offset;
}

std::string to_date_time(std::int64_t time) {
    const std::chrono::sys_seconds seconds{std::chrono::seconds(time)};
    const auto days = std::chrono::floor<std::chrono::days>(seconds);
    const std::chrono::year_month_day date(days);
    const std::chrono::hh_mm_ss clock(seconds - days);
    return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}Z", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()), clock.hours().count(),
                       clock.minutes().count(), clock.seconds().count());
}

std::optional<std::int64_t> release_time(const Hold& hold, std::int64_t now, std::uint32_t longest) {
    const auto release = std::visit(Overloaded{[&](const HoldFor& wish) { return now + wish.seconds; },
                                               [](const HoldUntil& wish) { return wish.time; }},
                                    hold);
    if (release - now > longest) return std::nullopt;
    return std::max(release, now);
}

std::string future_release_limits(std::uint32_t longest, std::int64_t now) {
    return fmt::format("{} {}", longest, to_date_time(now + longest));
}

}  // namespace smtp
