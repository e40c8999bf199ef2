#pragma once
// What came of a chain, as people and as programs read it.

#include <boost/json.hpp>
#include <string>

#include "arc/verifier.h"

namespace authentication {

std::string arc_text(const arc::Report& report);
/// The keys that hermod-arc(1) lists.
boost::json::object arc_json(const arc::Report& report);

}  // namespace authentication
