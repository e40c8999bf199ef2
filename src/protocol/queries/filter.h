#pragma once
// A search filter for LDAP, with the fields escaped. RFC 4515 §3.

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "queries/pattern.h"

namespace queries {

/// Whatever it is, it stands for itself in a filter: "\2a" for "*".
std::string escape_in_filter(std::string_view value);

/// What is wrong with a pattern of a filter, for people; empty: nothing.
std::string filter_flaw(std::string_view pattern);
/// Of a pattern without a flaw.
std::string fill_filter(std::string_view pattern, const Fields& fields);

/// A filter as what it asks, to look at what has become of one.
struct Filter {
    char kind = '=';                  // '&', '|', '!'; '=' for a single condition
    std::string attribute = {};       // of '=', with what stands before the "=": "uid", "uidNumber>", "cn:dn:"
    std::vector<std::string> values;  // of '=': the texts between the asterisks, decoded
    std::vector<Filter> inner;        // of the others
    bool operator==(const Filter&) const = default;
};
std::optional<Filter> parse_filter(std::string_view text);

}  // namespace queries
