#pragma once
// One line of the server's. RFC 1939 §3; response codes of RFC 2449 §8 and RFC 3206.

#include <string>
#include <string_view>
#include <vector>

namespace pop3 {

struct Reply {
    bool is_positive = false;
    std::string text;
    std::string_view code{};  // a literal: "IN-USE", "AUTH", "SYS/TEMP", "SYS/PERM"; empty: none

    std::string wire() const;
    bool operator==(const Reply&) const = default;
};

Reply ok(std::string text);
Reply err(std::string text, std::string_view code = {});

/// A response of several lines, the end included. No line may begin with a dot.
std::string multiline(const Reply& first, const std::vector<std::string>& lines);

}  // namespace pop3
