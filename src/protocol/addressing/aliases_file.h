#pragma once
// A file of aliases as aliases(5) has it: "name: targets", blanks at the front of a line go on with the line before,
// "#" begins a comment line. And a file of members, as :include: names it: targets, one or several a line.

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "addressing/target.h"

namespace addressing {

constexpr std::size_t longest_aliases_file = 64 * 1024 * 1024;

struct AliasLine {
    std::string name;  // lower case; "ann", or with a domain "ann@example.org" in canonical form
    std::vector<Target> targets;
    std::uint32_t line = 0;

    bool operator==(const AliasLine&) const = default;
};

struct LineError {
    std::uint32_t line = 0;
    std::string problem;

    bool operator==(const LineError&) const = default;
};

/// What could be read is there even where something is wrong; at most 100 errors are told.
struct AliasesFile {
    std::vector<AliasLine> aliases;
    std::vector<LineError> errors;
};
AliasesFile parse_aliases(std::string_view text);

struct MembersFile {
    std::vector<Target> targets;
    std::vector<LineError> errors;
};
MembersFile parse_members(std::string_view text);

/// "Ann" or "Ann@Example.ORG" as a key to compare with: lower case, domain in A-labels; empty: it is neither.
std::string alias_key(std::string_view name);

}  // namespace addressing
