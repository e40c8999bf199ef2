#pragma once
// Addresses of web servers: RFC 3986, and what RFC 9110 §4.2 makes of it.
//
// Hostile: addresses come in answers of servers. What is accepted has exactly one meaning: a host, a port, and a target
// that can stand in a request line.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace url {

struct Url {
    std::string scheme;        // "https", "http"
    std::string host;          // lower case; an IP address without brackets
    std::uint16_t port = 443;  // the scheme's own where none is given
    std::string target;        // path and query: "/acme/new-order?x=1"; begins with "/"

    bool operator==(const Url&) const = default;
};

constexpr std::size_t longest = 2048;

/// Absolute, "http" or "https", with a host. Users, passwords and fragments are refused.
std::optional<Url> parse(std::string_view text);

/// The host as the header field Host has it: with the port where it is not the scheme's own, and brackets about IPv6.
std::string authority(const Url& url);
std::string to_text(const Url& url);

}  // namespace url
