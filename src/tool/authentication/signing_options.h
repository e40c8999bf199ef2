#pragma once
// What the commands that sign have in common on their command lines.

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace authentication {

/// --domain and --selector in lower case, or which of them is none.
struct SigningName {
    std::string domain;
    std::string selector;
};
std::expected<SigningName, std::string> signing_name(std::string_view domain, std::string_view selector);

/// --headers A:B:C in lower case; empty where the option was not given.
std::expected<std::vector<std::string>, std::string> signed_fields(std::string_view option);

}  // namespace authentication
