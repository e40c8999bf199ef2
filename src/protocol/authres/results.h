#pragma once
// Authentication-Results: what a server found out about where a message comes from, for those who read it later. RFC
// 8601 §2; in UTF-8 by RFC 8616 §5.
//
//   mx.example.org; spf=pass smtp.mailfrom=example.com; dkim=fail reason="body hash" header.d=example.com
//
// Pure: the value of the field, as text and as values. Comments are read over. Hostile: a field on a message from
// outside is anybody's word (authres/removal.h), and what we write holds names that strangers chose: they are quoted,
// so that none of them can end the value, the result or the field.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace authres {

struct Property {
    std::string type;  // "smtp", "header", "body", "policy"
    std::string name;  // "mailfrom", "d"
    std::string value;
    bool operator==(const Property&) const = default;
};

struct Result {
    std::string method;    // "spf", lower case
    unsigned version = 1;  // of the method
    std::string result;    // "pass", lower case
    std::string reason{};  // empty: none
    std::vector<Property> properties{};
    bool operator==(const Result&) const = default;
};

struct Results {
    std::string authserv_id;        // who says so
    unsigned version = 1;           // of the field
    std::vector<Result> results{};  // none: nothing was checked ("none")
    bool operator==(const Results&) const = default;
};

struct Error {
    enum class Code : std::uint8_t {
        MissingId,
        BadVersion,
        MissingResult,  // nothing behind the id
        BadMethod,
        BadResult,
        BadProperty,
        BadValue,
        OpenComment,
        TooMany,  // results or properties
    };
    Code code;
    std::size_t offset;
    bool operator==(const Error&) const = default;
};
std::string_view describe(Error::Code code);

constexpr std::size_t most_results = 100;
constexpr std::size_t most_properties = 100;  // of one result

/// The value of the field, folding included.
std::expected<Results, Error> parse_results(std::string_view value);
/// One line; mime::fold_field() makes the field of it. Methods, results, types and names must be keywords
/// (is_keyword()).
std::string to_text(const Results& results);

/// Letters, digits, hyphens (not the last) and, in the wild, underscores.
bool is_keyword(std::string_view text);

}  // namespace authres
