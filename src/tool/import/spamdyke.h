#pragma once
// spamdyke.conf: "option=value", where "!value" takes a value out of a list, and "!!!" all of them.

#include "import/draft.h"
#include "import/lines.h"
#include "import/networks.h"

namespace import {

/// Limits are taken over; who may relay goes into `clients`; filters are reported.
void translate_spamdyke(const File& file, const Reader& named, Networks& clients, Translation& out);

}  // namespace import
