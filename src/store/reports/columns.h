#pragma once
// How values stand in the columns of the database.

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>

#include "accounts/sqlite.h"
#include "dmarc/record.h"

namespace reports {

constexpr std::int64_t no_policy = -1;

inline std::int64_t number(std::optional<dmarc::Policy> policy) {
    return policy ? std::int64_t{std::to_underlying(*policy)} : no_policy;
}

inline std::uint64_t count_in(const accounts::Rows& rows, int column) {
    return static_cast<std::uint64_t>(rows.number(column));
}

/// Hostile: counts are strangers'. Sums of these have room in 64 bits.
inline std::int64_t bounded(std::uint64_t count) {
    constexpr std::uint64_t most = 1'000'000'000'000;
    return static_cast<std::int64_t>(std::min(count, most));
}

}  // namespace reports
