#include "acme/times.h"

#include <algorithm>
#include <charconv>

#include "mime/date.h"
#include "text/ascii.h"

namespace acme {

std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now) {
    value = text::trim(value);
    const auto limited = [](std::int64_t seconds) {
        return std::chrono::seconds(std::clamp<std::int64_t>(seconds, 0, longest_retry_after.count()));
    };
    if (!value.empty() && std::ranges::all_of(value, text::is_digit)) {
        std::int64_t seconds = 0;
        const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), seconds);
        return error == std::errc() ? limited(seconds) : longest_retry_after;
    }
    const auto date = mime::parse_date(value);
    if (!date) return std::nullopt;
    return limited(date->unix_seconds - now.time_since_epoch().count());
}

std::chrono::sys_seconds renewal_time(std::chrono::sys_seconds not_before, std::chrono::sys_seconds not_after) {
    return not_after - std::max(not_after - not_before, std::chrono::seconds(0)) / 3;
}

std::chrono::seconds wait_after_failure(unsigned failures, std::optional<std::chrono::seconds> retry_after) {
    constexpr std::chrono::seconds first = std::chrono::minutes(5), most = std::chrono::days(1);
    const auto wait = std::min(most, first * (1 << std::min(std::max(failures, 1u) - 1, 10u)));
    return std::max(wait, retry_after.value_or(wait));
}

}  // namespace acme
