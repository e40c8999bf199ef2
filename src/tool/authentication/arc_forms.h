#pragma once
// What came of a chain, as programs read it. For people: reflection/forms.h.

#include <boost/json.hpp>
#include <string>

#include "arc/verifier.h"

namespace authentication {

/// The keys that hermod-arc(1) lists.
boost::json::object arc_json(const arc::Report& report);

}  // namespace authentication
