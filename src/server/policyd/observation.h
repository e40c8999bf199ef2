#pragma once
// What is kept of a message that DMARC was asked about. RFC 9990 §3.1.

#include <optional>

#include "policyd/collector.h"
#include "reports/database.h"

namespace policyd {

/// Nothing: its domain wants no reports by mail, or DMARC has come to no end.
std::optional<reports::Observation> observation_of(const Evaluation& evaluation);

}  // namespace policyd
