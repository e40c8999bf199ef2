#include "url/url.h"

#include <algorithm>
#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>
#include <charconv>

#include "text/ascii.h"

namespace url {
namespace {

std::uint16_t standard_port(std::string_view scheme) { return scheme == "https" ? 443 : 80; }

std::optional<std::uint16_t> port_of(std::string_view digits, std::uint16_t standard) {
    if (digits.empty()) return standard;
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), port);
    if (error != std::errc() || end != digits.data() + digits.size() || port == 0) return std::nullopt;
    return port;
}

// A name of the DNS, or an address of digits: no percent signs, which different readers take differently.
bool is_plain_host(std::string_view host, bool is_literal) {
    return !host.empty() && host.size() <= 255 && std::ranges::all_of(host, [&](char c) {
        return text::is_alphanumeric(c) || c == '.' || c == '-' || c == '_' || (is_literal && c == ':');
    });
}

std::string_view view_of(boost::core::string_view text) { return {text.data(), text.size()}; }

}  // namespace

std::optional<Url> parse(std::string_view text) {
    if (text.size() > longest) return std::nullopt;
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed || !parsed->has_authority() || parsed->has_userinfo() || parsed->has_fragment()) return std::nullopt;
    Url found;
    found.scheme = text::lower(view_of(parsed->scheme()));
    if (found.scheme != "https" && found.scheme != "http") return std::nullopt;
    found.host = text::lower(view_of(parsed->encoded_host()));
    const bool is_literal = found.host.starts_with('[') && found.host.ends_with(']');
    if (is_literal) found.host = found.host.substr(1, found.host.size() - 2);
    if (!is_plain_host(found.host, is_literal)) return std::nullopt;
    const auto port = port_of(view_of(parsed->port()), standard_port(found.scheme));
    if (!port) return std::nullopt;
    found.port = *port;
    found.target = std::string(view_of(parsed->encoded_target()));
    // In the wild: Boost.URL 1.81 ends a port where its digits end, and takes "44x/" for port 44 and path "x/".
    if (!found.target.empty() && found.target[0] != '/' && found.target[0] != '?') return std::nullopt;
    if (!found.target.starts_with('/')) found.target.insert(0, 1, '/');
    return found;
}

std::string authority(const Url& url) {
    const bool is_v6 = url.host.contains(':');
    std::string text = is_v6 ? '[' + url.host + ']' : url.host;
    if (url.port != standard_port(url.scheme)) text += ':' + std::to_string(url.port);
    return text;
}

std::string to_text(const Url& url) { return url.scheme + "://" + authority(url) + url.target; }

}  // namespace url
