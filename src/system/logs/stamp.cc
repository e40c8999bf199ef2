#include "logs/stamp.h"

#include <fmt/format.h>

#include <iterator>

namespace logs {

void StampCache::append(std::string& out, clocks::Wall time) {
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    if (second.time_since_epoch().count() != second_) {
        const auto day = std::chrono::floor<std::chrono::days>(second);
        const std::chrono::year_month_day date(day);
        const std::chrono::hh_mm_ss clock(second - day);
        fmt::format_to_n(text_.begin(), text_.size(), "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.", int(date.year()),
                         unsigned(date.month()), unsigned(date.day()), clock.hours().count(), clock.minutes().count(),
                         clock.seconds().count());
        second_ = second.time_since_epoch().count();
    }
    out.append(text_.data(), text_.size());
    const auto fraction = static_cast<unsigned>((time - second).count());
    const char digits[] = {static_cast<char>('0' + fraction / 100), static_cast<char>('0' + fraction / 10 % 10),
                           static_cast<char>('0' + fraction % 10), 'Z'};
    out.append(digits, sizeof digits);
}

void append_tai64n(std::string& out, clocks::Wall time) {
    constexpr std::uint64_t epoch = (std::uint64_t{1} << 62) + 10;  // daemontools counts 10 leap seconds, for ever
    const auto second = std::chrono::floor<std::chrono::seconds>(time);
    fmt::format_to(std::back_inserter(out), "@{:016x}{:08x} ",
                   epoch + static_cast<std::uint64_t>(second.time_since_epoch().count()),
                   static_cast<std::uint64_t>((time - second).count()) * 1'000'000);
}

}  // namespace logs
