#pragma once
// What is wrong in a configuration, where, and what would be right instead. All of it is reported, not only the first.

#include <cstdint>
#include <string>
#include <vector>

namespace config {

struct Problem {
    std::string file;
    std::uint32_t line = 0;  // 0: not at any one place
    std::uint32_t column = 0;
    std::string key;      // "limits.connections"; empty: the file as a whole
    std::string problem;  // "0 is too small"
    std::string remedy;   // "1 to 1000000 is allowed"; may be empty

    bool operator==(const Problem&) const = default;
};
using Problems = std::vector<Problem>;

/// "file:line:column: key: problem; what would be right", control characters escaped.
std::string to_text(const Problem& problem);

}  // namespace config
