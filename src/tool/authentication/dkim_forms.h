#pragma once
// Verdicts on signatures as people and as programs read them.

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "dkim/verifier.h"

namespace authentication {

std::string dkim_text(const std::vector<dkim::Verdict>& verdicts);
/// The keys that hermod-dkim(1) lists.
boost::json::object dkim_json(const std::vector<dkim::Verdict>& verdicts);

}  // namespace authentication
