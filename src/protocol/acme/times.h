#pragma once
// When to ask again, and when to renew.

#include <chrono>
#include <optional>
#include <string_view>

namespace acme {

/// A field Retry-After: seconds, or a date (RFC 9110 §10.2.3). Hostile: never negative, and a week at most.
std::optional<std::chrono::seconds> parse_retry_after(std::string_view value, std::chrono::sys_seconds now);
constexpr std::chrono::seconds longest_retry_after = std::chrono::days(7);

/// A certificate is renewed when a third of its life is left.
std::chrono::sys_seconds renewal_time(std::chrono::sys_seconds not_before, std::chrono::sys_seconds not_after);

/// How long to wait after so many failures in a row (1 or more): five minutes, doubled each time, a day at most. A
/// server that named a later time is obeyed.
std::chrono::seconds wait_after_failure(unsigned failures, std::optional<std::chrono::seconds> retry_after);

}  // namespace acme
