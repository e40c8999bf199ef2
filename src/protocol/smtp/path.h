#pragma once
// Addresses as SMTP writes them: Mailbox, Reverse-path, Forward-path. RFC 5321 §4.1.2, §4.1.3; in UTF-8 by RFC 6531
// §3.3.
//
// One address has one form here: the local part without the quotes it does not need, the domain in lower-case A-labels.
// "a"@BÜCHER.example and a@xn--bcher-kva.example are therefore equal, and what is compared, looked up, stored and sent
// onward is the same octets. Nothing is ever truncated: too long is an error.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "ip/address.h"
#include "smtp/reply.h"

namespace smtp {

struct Mailbox {
    std::string local_part;              // its meaning: without quotes and backslashes; case as given
    std::string domain;                  // lower-case A-labels, or the literal "[192.0.2.1]", "[IPv6:2001:db8::1]"
    std::optional<ip::Address> literal;  // engaged when the domain is an address literal

    /// Whether the local part has non-ASCII characters, so that it can travel by SMTPUTF8 only.
    bool needs_smtputf8() const;
    /// RCPT TO:<postmaster> without a domain (§4.1.1.3): means the postmaster of whoever is asked.
    bool is_bare_postmaster() const { return domain.empty(); }

    bool operator==(const Mailbox&) const = default;
};

/// Quoted only where the local part is not a Dot-string. parse_mailbox() undoes it.
std::string to_text(const Mailbox& mailbox);

struct PathError {
    enum class Code : std::uint8_t {
        Empty,             // "<>" where a recipient is needed
        MissingBracket,    // no ">" where it must stand, or something behind it
        BadLocalPart,      // neither Dot-string nor Quoted-string
        EmptyLocalPart,    // "@example.org", "\"\"@example.org"
        MissingDomain,     // "<user>"
        BadDomain,         // an empty label, a label that begins or ends with "-", a strange character
        TrailingDot,       // "example.org.": DNS would know it, mail does not
        BadLiteral,        // "[…" that is no address
        BadRoute,          // "@a,@b:" gone wrong
        LocalPartTooLong,  // limits.h; §4.5.3.1.1 asks for 64
        DomainTooLong,     // §4.5.3.1.2, or a label over 63 octets
        PathTooLong,       // §4.5.3.1.3
        BadUtf8,           // overlong, surrogate, truncated: RFC 3629 §3
        NonAscii,          // UTF-8 where SMTPUTF8 was not asked for
    };
    Code code;
    std::size_t offset;  // where in the text reading stopped

    bool operator==(const PathError&) const = default;
};
std::string_view describe(PathError::Code code);

enum class PathRole : std::uint8_t { Reverse, Forward };

/// 501 5.1.7 or 5.1.3 by role, 553 5.6.7 for NonAscii, 501 5.5.2 for BadUtf8.
Reply refusal(const PathError& error, PathRole role);

enum class Utf8 : std::uint8_t { Refused, Allowed };

/// "a@example.org", without brackets.
std::expected<Mailbox, PathError> parse_mailbox(std::string_view text, Utf8 utf8);

/// A path at the front of a text that goes on with parameters.
template <typename Value>
struct ParsedPath {
    Value value;
    std::size_t length;  // octets that the path took
};

/// "<a@example.org>"; "<>" is the null reverse-path: nullopt. Source routes are read and forgotten (App. C, F.2).
/// In the wild: an address without brackets is taken too, as printers and scripts send it.
std::expected<ParsedPath<std::optional<Mailbox>>, PathError> parse_reverse_path(std::string_view text, Utf8 utf8);
/// The same for a recipient; "<postmaster>" may go without a domain, "<>" is an error.
std::expected<ParsedPath<Mailbox>, PathError> parse_forward_path(std::string_view text, Utf8 utf8);

}  // namespace smtp
