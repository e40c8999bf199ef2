#pragma once
// A query for PostgreSQL: each field becomes a parameter ($1), whose value never is part of the text.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "queries/pattern.h"

namespace queries {

struct Statement {
    std::string text;               // "SELECT … WHERE address = $1"
    std::vector<Field> parameters;  // of $1, $2…
    bool operator==(const Statement&) const = default;
};

/// An error says what is wrong: no such field, or one in quotes, where it would be nothing but text.
std::expected<Statement, std::string> parse_statement(std::string_view pattern);

}  // namespace queries
