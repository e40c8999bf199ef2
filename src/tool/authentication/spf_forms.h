#pragma once
// A check as people and as programs read it.

#include <string>

#include "spf/check.h"
#include "spf/received.h"

namespace authentication {

std::string spf_text(const spf::Request& request, const spf::Report& report, spf::ReceivedForm form);
/// One line, without its end: the keys that hermod-spf(1) lists.
std::string spf_json(const spf::Request& request, const spf::Report& report, spf::ReceivedForm form);

}  // namespace authentication
