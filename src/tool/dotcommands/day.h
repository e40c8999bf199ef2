#pragma once
// Days as people write them: "2026-12-24", in the time zone of this machine.

#include <cstdint>
#include <optional>
#include <string>

namespace dotcommands {

/// The first second of that day, or of the one so many days later; 0 for no text at all.
std::optional<std::int64_t> parse_day(const std::string& text, int days_later);

}  // namespace dotcommands
