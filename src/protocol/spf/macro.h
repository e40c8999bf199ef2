#pragma once
// Macros: how a record or an explanation speaks of the message at hand. RFC 7208 §7; local parts outside ASCII: RFC
// 8616 §4.
//
// A MacroString is what was written, read once; expand it with the Values of one message. Hostile: the writer is the
// sender's domain, and the values are the sender's words. Names are built from their right end and never longer than a
// name may be; texts are given up beyond a limit.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "dns/name.h"
#include "ip/address.h"
#include "spf/error.h"

namespace spf {

struct Macro {                // "%{" letter transformers delimiters "}"
    char letter = 'd';        // lower case
    bool is_escaped = false;  // was upper case: the value goes into a URL (§7.3)
    unsigned parts = 0;       // how many parts from the right; 0: all
    bool is_reversed = false;
    std::string delimiters{};  // empty: "."
    bool operator==(const Macro&) const = default;
};

struct MacroString {
    std::vector<std::variant<std::string, Macro>> pieces{};  // no two texts stand together

    bool uses(char letter) const;
    std::ptrdiff_t count_lines_within() const;  // ends of lines in the text around macros
    bool operator==(const MacroString&) const = default;
};

enum class MacroUse : std::uint8_t {
    Domain,       // domain-spec: no blanks; not the letters c, r and t
    Modifier,     // of a name we do not know: no blanks
    Explanation,  // explain-string: blanks too
    Reply,        // an explanation of our own: lines too
};

/// A macro-string, or one with blanks. The syntax of a domain name (§7.1 domain-end) is not looked at.
std::expected<MacroString, Error> parse_macro_string(std::string_view text, MacroUse use);
/// domain-spec: it ends in a macro, or in a top label behind a dot.
std::expected<MacroString, Error> parse_domain_spec(std::string_view text);
std::string to_text(const MacroString& macros);

/// What macros stand for, in one check. All texts are kept by the caller.
struct Values {
    std::string_view local_part;     // of the sender: "postmaster" where there is none
    std::string_view sender_domain;  // as A-labels
    std::string_view domain;         // whose record is being read
    std::string_view helo;
    std::string_view receiver;        // our name
    std::string_view validated_name;  // of the client, by its PTR; "unknown"
    ip::Address client;               // IPv4-mapped addresses as IPv4
    std::int64_t now = 0;             // Unix time

    /// RFC 8616 §4: a term that speaks of a local part outside ASCII matches nothing.
    bool can_expand(const MacroString& macros) const;
};

/// For a query: without a final dot, and cut by whole labels from the left to 253 octets (§7.3). May be no name all the
/// same.
std::string expand_domain(const MacroString& macros, const Values& values);
/// For people; nothing where it is longer than this.
std::optional<std::string> expand_text(const MacroString& macros, const Values& values, std::size_t most_octets);

/// A name as it came out of an expansion or a mail address: no escapes, one final dot allowed. Nothing for an empty or
/// overlong label (§4.3, §4.8).
std::optional<dns::Name> to_name(std::string_view text);

/// "1.2.0.192", and for IPv6 all nibbles backwards with dots: as "i" and the reverse tree have it, forwards.
std::string dotted(const ip::Address& address);

}  // namespace spf
