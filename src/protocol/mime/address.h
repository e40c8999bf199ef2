#pragma once
// The addresses of From, To, Cc, Bcc and their like. RFC 5322 §3.4, the obsolete forms of §4.4, UTF-8 of RFC 6532.
//
// Groups are flattened, comments and routes dropped. Display names are kept raw, encoded words and all.
// In the wild: local users write "To: root", so an address may lack its domain; the caller decides what that means.
// Hostile: comments and quotes nest only by counting, never by recursion; lists are bounded.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace mime {

struct Mailbox {
    std::string display_name;  // unquoted and unfolded; empty: none
    std::string addr_spec;     // "local@domain" without blanks and comments, quotes of the local part kept where needed

    bool operator==(const Mailbox&) const = default;
};

struct AddressError {
    enum class Code {
        UnfinishedComment,
        UnfinishedQuote,
        UnfinishedLiteral,
        UnfinishedAngle,
        MissingAddress,
        BadLocalPart,
        BadDomain,
        UnexpectedText,
        ControlCharacter,
        TooMany,
    };
    Code code;
    std::size_t offset;

    bool operator==(const AddressError&) const = default;
};
std::string_view describe(AddressError::Code code);

constexpr std::size_t most_addresses = 100'000;

/// The value of an address field, folding included. Empty members ("a@b,,c@d") are allowed (§4.4).
std::expected<std::vector<Mailbox>, AddressError> parse_address_list(std::string_view value);

/// `"Joe Q. Public" <joe@example.org>`; joined by ", ".
std::string to_text(const Mailbox& mailbox);
std::string to_text(const std::vector<Mailbox>& mailboxes);

/// The display name as a phrase: atoms bare, anything else quoted; control characters are dropped.
std::string to_phrase(std::string_view display_name);

}  // namespace mime
