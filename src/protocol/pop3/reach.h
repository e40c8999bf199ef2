#pragma once
// Whether a message of a maildrop can be reached by its number.

#include <cstdint>

namespace pop3 {

enum class Reach : std::uint8_t {
    Here,
    Absent,   // there is no such number
    Marked,   // it was deleted in this session
    Gone,     // somebody else has deleted it meanwhile
    Failing,  // it cannot be read
};

}  // namespace pop3
