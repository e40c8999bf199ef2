#pragma once
// Domain names in other scripts than Latin, in the form the DNS knows. RFC 5890, RFC 5891, UTS 46 (non-transitional).
//
// Everything behind the SMTP border compares, looks up and stores domains as lower-case A-labels, so "BÜCHER.example",
// "bücher.example" and "xn--bcher-kva.example" are one domain. Purely ASCII names never reach the IDNA library.

#include <expected>
#include <string>
#include <string_view>

namespace text {

enum class IdnaError {
    Empty,       // no name, or an empty label
    TooLong,     // a label over 63 or a name over 253 octets as A-labels (RFC 1035 §2.3.4)
    BadUtf8,     // not UTF-8 by RFC 3629
    Disallowed,  // a code point, hyphen or A-label that RFC 5891 §4.2 forbids
};
std::string_view describe(IdnaError error);

/// Lower-case A-label form. One trailing dot is dropped. Every label of the result consists of letters, digits, '-' and
/// '_', which neither begins nor ends with a hyphen. Hostile: names over 1024 octets are refused before any work.
std::expected<std::string, IdnaError> to_a_labels(std::string_view domain);

/// For people to read: U-labels where they convert, otherwise the input as it is.
std::string to_u_labels(std::string_view domain);

}  // namespace text
