#include "config/quantity.h"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

#include "text/ascii.h"
#include "text/cursor.h"

namespace config {
namespace {

struct DurationUnit {
    std::string_view name;
    std::int64_t milliseconds;
};
constexpr std::array<DurationUnit, 6> duration_units{
    {{"w", 604'800'000}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1000}, {"ms", 1}}};

struct OctetsUnit {
    std::string_view name;
    int bits;
};
constexpr std::array<OctetsUnit, 8> octets_units{
    {{"KB", 10}, {"MB", 20}, {"GB", 30}, {"TB", 40}, {"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}}};

template <typename T>
std::optional<T> take_number(text::Cursor& in) {
    const std::string_view digits = in.take_while(text::is_digit);
    T number;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (digits.empty() || error != std::errc()) return std::nullopt;
    return number;
}

std::optional<std::size_t> duration_unit(std::string_view name) {
    for (std::size_t i = 0; i < duration_units.size(); ++i)
        if (duration_units[i].name == name) return i;
    return std::nullopt;
}

}  // namespace

std::optional<std::chrono::milliseconds> parse_duration(std::string_view text) {
    constexpr auto most = std::numeric_limits<std::int64_t>::max();
    text::Cursor in(text);
    std::int64_t total = 0;
    std::size_t next_unit = 0;
    do {
        const auto count = take_number<std::int64_t>(in);
        const auto unit = duration_unit(in.take_while(text::is_letter));
        if (!count || !unit || *unit < next_unit) return std::nullopt;
        const std::int64_t length = duration_units[*unit].milliseconds;
        if (*count > (most - total) / length) return std::nullopt;
        total += *count * length;
        next_unit = *unit + 1;
    } while (!in.at_end());
    return std::chrono::milliseconds(total);
}

std::string to_text(std::chrono::milliseconds duration) {
    std::string text;
    std::int64_t rest = duration.count();
    for (const auto& [name, length] : duration_units) {
        if (name == "w") continue;  // "5d" and "14d" read better than "2w"
        if (rest >= length) text += fmt::format("{}{}", rest / length, name);
        rest %= length;
    }
    return text.empty() ? "0s" : text;
}

std::optional<std::uint64_t> parse_octets(std::string_view text) {
    text::Cursor in(text);
    const auto count = take_number<std::uint64_t>(in);
    if (!count || in.at_end()) return count;
    for (const auto& [name, bits] : octets_units) {
        if (in.rest() != name) continue;
        if (*count > std::numeric_limits<std::uint64_t>::max() >> bits) return std::nullopt;
        return *count << bits;
    }
    return std::nullopt;
}

std::string octets_text(std::uint64_t count) {
    for (std::size_t i = 4; i-- > 0;) {
        const auto& [name, bits] = octets_units[i];
        if (count != 0 && (count & ((std::uint64_t{1} << bits) - 1)) == 0)
            return fmt::format("{}{}", count >> bits, name);
    }
    return fmt::to_string(count);
}

}  // namespace config
