#pragma once
// All stages that look at the content of a message, at once, and what is decided by what they found: for policyd itself
// and for `hermod explain`.

#include "policyd/content_stage.h"
#include "policyd/content_verdict.h"

namespace policyd {

/// Whether any of them would look at what this bringer brings.
bool is_scanned(const Config& config, const Examine& asked);

/// The memory that they take at most.
std::size_t memory_for_scanning(const Config& config, const Examine& asked, const Content& content);

net::Task<ContentVerdict> scan(const ContentScene& scene);

}  // namespace policyd
