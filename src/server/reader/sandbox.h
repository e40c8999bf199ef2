#pragma once
// What reader may do: become owners, so that its workers reach their mailboxes.

#include "sandbox/sandbox.h"

namespace reader {

/// `sessions`: how many workers there may be.
sandbox::Policy policy(const process::Inheritance& given, std::uint32_t sessions);

}  // namespace reader
