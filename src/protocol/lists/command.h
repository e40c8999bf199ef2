#pragma once
// What somebody wants who writes to list-request@: the words of the Subject. RFC 2142 §6 has the address.

#include <cstdint>
#include <string_view>

namespace lists {

enum class Command : std::uint8_t { Help, Subscribe, Unsubscribe };

/// One word, with "Re:" and blanks around it or not. What is not understood is a wish for help.
Command parse_command(std::string_view subject);

}  // namespace lists
