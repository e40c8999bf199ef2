#pragma once
// Names that providers make out of addresses, such as "dsl-192-0-2-7.example.net": whoever has one is seldom a mail
// server. What counts as a spelling of an address is what spamdyke takes for one, and IPv6 beside it.

#include <string>
#include <string_view>
#include <vector>

#include "ip/address.h"

namespace screening {

/// Whether the name contains the address. Of IPv4 the four numbers, in any of the orders that providers use (forward,
/// backward, and either turned round), with a character between them or each padded to three digits; the first two and
/// the last two as one number; the address as one number, decimal or hexadecimal. Of IPv6 its nibbles, whole or in
/// groups, in either order. `name`: a host name as text.
bool has_address(std::string_view name, const ip::Address& address);

/// Whether its top-level domain is that of a country: has two letters, ISO 3166.
bool is_in_country(std::string_view name);

/// Words that tell a dynamic name from a server's: "dsl", "dyn pool" (both occur), ".dynamic.example.net" (the name
/// ends with it). Words are looked for in front of the registered domain, so that "dsl" does not speak of
/// mail.dsl.example.
struct Keyword {
    std::vector<std::string> words;  // lower case; one that begins with a dot is a suffix
    bool operator==(const Keyword&) const = default;
};
/// Without words it matches nothing.
Keyword parse_keyword(std::string_view text);
bool matches(const Keyword& keyword, std::string_view name);

}  // namespace screening
