#pragma once
// What octets mean in the charsets of one octet a character that mail is written in: those of Western, Central and
// Eastern Europe, Greek, Turkish, the Baltic, Cyrillic. RFC 2046 §4.1.2.
//
// Tables, not iconv: its tables are libraries, which a process behind fences cannot load; so a word would be another
// one there than elsewhere.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mime {

/// Nothing where the charset is unknown here, or is UTF-8 and the octets are not. What means nothing becomes U+FFFD.
std::optional<std::string> to_utf8(std::string_view octets, std::string_view charset);

/// One character, of a code that Unicode has.
void append_utf8(std::string& to, std::uint32_t code);

}  // namespace mime
