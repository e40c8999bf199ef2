#pragma once
// What DMARC found, as people and as programs read it.

#include <boost/json.hpp>
#include <string>

#include "dmarc/check.h"

namespace authentication {

std::string dmarc_text(const dmarc::Report& report);
/// The keys that hermod-dmarc(1) lists.
boost::json::object dmarc_json(const dmarc::Report& report);

}  // namespace authentication
