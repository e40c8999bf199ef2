#pragma once
// Numbers in Crockford's base 32: digits and letters without I, L, O and U, which are mistaken for others. Queue ids
// are written like this, as people read them aloud and type them.

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

namespace text {

constexpr std::size_t crockford_length = 13;  // of 64 bits

/// 13 characters, upper case, leading zeros.
std::array<char, crockford_length> to_crockford(std::uint64_t number);

/// Case-blind; I and L are read as 1, O as 0.
std::optional<std::uint64_t> parse_crockford(std::string_view text);

}  // namespace text
