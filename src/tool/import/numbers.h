#pragma once
// Numbers of other servers as ours, within the bounds that ours have.

#include <chrono>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "import/draft.h"

namespace import {

enum class Unit : std::uint8_t { Count, Octets, Seconds };

struct NumberRule {
    std::string_view name;   // theirs
    std::string_view table;  // ours
    std::vector<std::string_view> keys;
    Unit unit = Unit::Count;
    std::uint64_t least = 0;
    std::uint64_t most = 0;
};

/// Writes the value; what is beyond our bounds becomes the nearest that is not, and is reported.
void set_number(const NumberRule& rule, std::uint64_t value, const Origin& origin, Translation& out);

}  // namespace import
