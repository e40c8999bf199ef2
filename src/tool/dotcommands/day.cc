#include "dotcommands/day.h"

#include <ctime>

namespace dotcommands {

std::optional<std::int64_t> parse_day(const std::string& text, int days_later) {
    if (text.empty()) return 0;
    std::tm time{};
    const char* end = ::strptime(text.c_str(), "%Y-%m-%d", &time);
    if (!end || *end != '\0') return std::nullopt;
    time.tm_mday += days_later;
    time.tm_isdst = -1;
    const auto seconds = std::mktime(&time);
    return seconds < 0 ? std::nullopt : std::optional<std::int64_t>(seconds);
}

}  // namespace dotcommands
