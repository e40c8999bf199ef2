#pragma once
// A name in the database: split where an address is.

#include <string_view>

namespace accounts {

struct Name {
    std::string_view local_part;
    std::string_view domain;
};

/// "info" has no domain.
inline Name split(std::string_view name) {
    const auto at = name.rfind('@');
    if (at == std::string_view::npos) return {name, {}};
    return {name.substr(0, at), name.substr(at + 1)};
}

}  // namespace accounts
