#pragma once
// Names and passwords in the form in which they are compared: SASLprep, RFC 4013, a profile of stringprep (RFC 3454).
//
// "Ⅸ" typed on one machine and "IX" on another are one password. Whoever stores a password, or keys made of it, has to
// prepare it first, or clients that do so (RFC 5802 §2.2) will never match.

#include <optional>
#include <string>
#include <string_view>

namespace sasl {

enum class Unassigned {
    Allowed,    // in what is compared with something stored
    Forbidden,  // in what is stored: a later Unicode may change its meaning (RFC 3454 §7)
};

/// None: it contains what RFC 4013 §2.3 prohibits, mixes directions (§2.4), is not UTF-8, has a NUL, comes out empty or
/// is longer than 12,288 octets.
std::optional<std::string> prepare(std::string_view text, Unassigned unassigned = Unassigned::Allowed);

}  // namespace sasl
