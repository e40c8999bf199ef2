#pragma once
// Whether a sender is to be told. RFC 3461 §4.1 (NOTIFY), §6.2; RFC 5321 §4.5.5 (never for the null reverse-path).

#include <cstdint>
#include <string_view>

#include "dsn/report.h"
#include "smtp/envelope.h"

namespace dsn {

/// NOTIFY unspecified means failures, and delays where we send notices of them. The null sender gets nothing, ever:
/// bounces of bounces are how mail loops start.
bool wants(std::string_view reverse_path, std::uint8_t notify, Action action);

/// RET=FULL, or RET unspecified and a failure among the actions (§4.3): the whole message and not just its header.
bool wants_whole_original(smtp::Return ret, const Report& report);

}  // namespace dsn
