#pragma once
// Verdicts on signatures as programs read them. For people: reflection/forms.h.

#include <boost/json.hpp>
#include <string>
#include <vector>

#include "dkim/verifier.h"

namespace authentication {

/// The keys that hermod-dkim(1) lists.
boost::json::object dkim_json(const std::vector<dkim::Verdict>& verdicts);

}  // namespace authentication
