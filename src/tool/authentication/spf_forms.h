#pragma once
// A check as programs read it. For people: reflection/forms.h.

#include <string>

#include "spf/check.h"
#include "spf/received.h"

namespace authentication {

/// One line, without its end: the keys that hermod-spf(1) lists.
std::string spf_json(const spf::Request& request, const spf::Report& report, spf::ReceivedForm form);

}  // namespace authentication
