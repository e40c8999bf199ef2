#pragma once
// The envelopes of a message that its recipient's instructions send on: FORWARD in the drop directory.

#include <string>
#include <vector>

#include "drop/envelope.h"

namespace drop {

/// One for all recipients; or one for each, where each has a reverse-path of its own (VERP, dotqmail::expand_sender()).
std::vector<Envelope> envelopes_of_forward(const std::string& reverse_path, const std::vector<std::string>& recipients);

}  // namespace drop
