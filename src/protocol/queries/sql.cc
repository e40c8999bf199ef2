#include "queries/sql.h"

#include <fmt/format.h>

#include <algorithm>

#include "lang/try.h"

namespace queries {
namespace {

/// Whether the text ends inside a literal or a quoted name. A quote that is doubled closes one and opens another.
class Quotes {
public:
    void pass(std::string_view text) {
        for (const char c : text) {
            if (open_ == '\0' && (c == '\'' || c == '"'))
                open_ = c;
            else if (c == open_)
                open_ = '\0';
        }
    }
    bool are_open() const { return open_ != '\0'; }

private:
    char open_ = '\0';
};

}  // namespace

std::expected<Statement, std::string> parse_statement(std::string_view pattern) {
    Statement statement;
    Quotes quotes;
    for (const auto& [text, field] : TRY(parse_pattern(pattern))) {
        quotes.pass(text);
        statement.text += text;
        if (!field) continue;
        if (quotes.are_open()) return std::unexpected("a field stands in quotes: it is quoted where it is needed");
        auto known = std::ranges::find(statement.parameters, *field);
        if (known == statement.parameters.end()) known = statement.parameters.insert(known, *field);
        statement.text += fmt::format("${}", known - statement.parameters.begin() + 1);
    }
    if (statement.parameters.empty()) return std::unexpected("it asks about nobody: no field stands in it");
    return statement;
}

}  // namespace queries
