#pragma once
// Numbers of things, for people.

#include <fmt/format.h>

#include <cstdint>
#include <string>
#include <string_view>

namespace text {

/// "1 message", "2 messages".
inline std::string counted(std::uint64_t count, std::string_view noun) {
    return fmt::format("{} {}{}", count, noun, count == 1 ? "" : "s");
}

}  // namespace text
