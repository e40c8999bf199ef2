#pragma once
// Routes in the order in which ours count: the first that matches. Elsewhere the most specific one counts.

#include <string>
#include <vector>

#include "import/draft.h"

namespace import {

/// `domain`: "example.net", ".example.net" (all below it, but not itself, other than with ours), or "*". Of two with
/// the same domain the first counts.
std::vector<RouteDraft> in_our_order(std::vector<RouteDraft> most_specific_first);

}  // namespace import
