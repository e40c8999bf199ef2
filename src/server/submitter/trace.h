#pragma once
// Our trace field for a message whose queue id is not known yet: qmgr writes it in when the message is committed.

#include <cstdint>
#include <string>

#include "mime/trace.h"

namespace submitter {

struct Trace {
    std::string field;
    std::uint32_t id_at = 0;  // where in it 13 octets wait for the queue id
};

/// `received` without an id.
Trace trace_of(mime::Received received);

}  // namespace submitter
