#pragma once
// Durations and sizes as people write them.

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace config {

/// "5d", "1h30m", "90s", "250ms": units w, d, h, m, s, ms, the larger first, each at most once.
std::optional<std::chrono::milliseconds> parse_duration(std::string_view text);
std::string to_text(std::chrono::milliseconds duration);  // "1h30m"; "0s"

/// "50MB", "64KiB", "1GB", "4096": every unit is a power of 1024.
std::optional<std::uint64_t> parse_octets(std::string_view text);
std::string octets_text(std::uint64_t count);  // "50MB" where it divides, else "1234"

}  // namespace config
