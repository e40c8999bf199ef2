#include "site/scanner.h"

#include <algorithm>
#include <charconv>
#include <set>

#include "config/node.h"
#include "ip/address.h"
#include "site/checks.h"
#include "text/ascii.h"

namespace site {
namespace {

constexpr std::size_t longest_name = 40;
constexpr std::size_t longest_local_path = 107;  // what a socket's address holds

bool is_name_character(char c) { return text::is_alphanumeric(c) || c == '-' || c == '_'; }

}  // namespace

std::optional<ScannerPlace> parse_scanner_place(std::string_view address) {
    if (address.starts_with('/')) {
        if (address.size() > longest_local_path || address.contains('\0')) return std::nullopt;
        return ScannerPlace{.path = std::string(address), .host = {}};
    }
    const auto colon = address.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    ScannerPlace place{.path = {}, .host = std::string(address.substr(0, colon))};
    const auto digits = address.substr(colon + 1);
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), place.port);
    if (error != std::errc() || end != digits.data() + digits.size() || place.port == 0) return std::nullopt;
    if (place.host.starts_with('[') && place.host.ends_with(']'))
        place.host = place.host.substr(1, place.host.size() - 2);
    else if (place.host.contains(':'))
        return std::nullopt;
    if (!ip::parse_address(place.host) && !domain_flaw(place.host).empty() && place.host != "localhost")
        return std::nullopt;
    return place;
}

std::string scanner_name_flaw(const std::string& name) {
    const bool is_good = !name.empty() && name.size() <= longest_name && std::ranges::all_of(name, is_name_character);
    return is_good ? "" : "up to 40 letters, digits, \"-\" and \"_\" are allowed";
}

std::string scanner_address_flaw(const std::string& address) {
    return parse_scanner_place(address)
               ? ""
               : "write \"127.0.0.1:783\", \"host.example.org:783\" or \"/run/clamav/clamd.ctl\"";
}

std::string scanner_user_flaw(const std::string& user) {
    const bool is_good = user.size() <= 255 && std::ranges::all_of(user, [](char c) { return c > ' ' && c <= '~'; });
    return is_good ? "" : "it is one word of ASCII characters";
}

std::string scanners_flaw(const Scanners& scanners) {
    std::set<std::string> names;
    for (const auto& scanner : scanners)
        if (!names.insert(scanner.name).second) return config::toml_string(scanner.name) + " is there twice";
    return {};
}

}  // namespace site
