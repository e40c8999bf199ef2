#pragma once
// CRC-32C (Castagnoli; RFC 3720 §12.1): what every journal record is checked with. Uses the CPU's instruction where
// there is one, a table elsewhere.

#include <cstdint>
#include <string_view>

namespace checksum {

/// The checksum of `bytes` continued from `seed` (0 to start).
std::uint32_t crc32c(std::string_view bytes, std::uint32_t seed = 0);

/// The same by table: what the instruction is tested against.
std::uint32_t crc32c_by_table(std::string_view bytes, std::uint32_t seed = 0);

}  // namespace checksum
