#pragma once
// What a body is, as its Content-Type says it, and where a multipart body ends. RFC 2045 §5.1, RFC 2046 §5.1.1.
//
// Strict, for who changes a body: where readers may understand a message differently there is no answer.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace mime {

struct ContentType {
    std::string type, subtype;                                    // lower case
    std::vector<std::pair<std::string, std::string>> parameters;  // names in lower case, each once; values unquoted

    bool is(std::string_view wanted_type, std::string_view wanted_subtype) const {
        return type == wanted_type && subtype == wanted_subtype;
    }
    /// Empty where there is none.
    std::string_view parameter(std::string_view name) const;
    /// In pieces, or encoded (RFC 2231 §3, §4): "charset*0", "charset*". Some know that, others do not.
    bool has_extended(std::string_view name) const;
    bool operator==(const ContentType&) const = default;
};

/// The field's value, folding included. In the wild: a ";" at the end.
std::optional<ContentType> parse_content_type(std::string_view value);

/// Letters, digits and what else stands in the names of types and encodings (RFC 2045 §5.1).
bool is_token(std::string_view text);

/// 1 to 70 characters of which none can end a line, and the last is no blank.
bool is_boundary(std::string_view text);

/// Where the line "--boundary--" begins that ends a multipart body, behind one "--boundary" at least. Nothing where
/// another delimiter follows it, or where a line goes on behind the boundary: RFC 2046 §5.1.1 takes that for a
/// delimiter, and most readers do not. Linear in the body.
std::optional<std::size_t> find_end_of_parts(std::string_view body, std::string_view boundary);

}  // namespace mime
