#pragma once
// UTF-8 as RFC 3629 §4 defines it: shortest form only, no surrogates, nothing beyond U+10FFFF.
//
// Hostile: what is refused here (overlong "/" and ".", lone surrogates, cut sequences) is what slips past comparisons
// elsewhere, so every address that carries 8-bit octets is checked before anything else looks at it.

#include <cstddef>
#include <string>
#include <string_view>

namespace text {

/// The length of the well-formed character at the front: 1..4, or 0 where there is none.
std::size_t utf8_character_length(std::string_view text);

bool is_utf8(std::string_view text);

/// The text cut to at most this many octets without splitting a character.
std::string_view utf8_prefix(std::string_view text, std::size_t most_octets);

}  // namespace text
