#pragma once
// What DMARC found, as programs read it. For people: reflection/forms.h.

#include <boost/json.hpp>
#include <string>

#include "dmarc/check.h"

namespace authentication {

/// The keys that hermod-dmarc(1) lists.
boost::json::object dmarc_json(const dmarc::Report& report);

}  // namespace authentication
