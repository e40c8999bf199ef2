#pragma once
// The header of a message, field by field, without copying it. RFC 5322 §2.1, §2.2.
//
// Tolerant, as a relay must be: what is not a field is handed out as a field without a name, and passed on as it came.
// Lines end in CRLF or LF. The header ends at the first empty line and nowhere else (a line of blanks continues the
// field before it), so everyone who reads a message through this file agrees on where its body begins.
// Linear in the length of the header; the views live as long as the text given.

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mime {

struct Field {
    std::string_view name;   // as written, without blanks before the colon; empty: not a field
    std::string_view value;  // after the colon, folding included, without the final line end
    std::string_view whole;  // name, value and line end: what to copy
    std::size_t offset = 0;  // of `whole` in the text

    bool is(std::string_view wanted) const;  // ignoring case
};

/// Hands out the fields of a header, first to last; stops at the empty line or the end of the text.
class FieldScanner {
public:
    explicit FieldScanner(std::string_view text) : text_(text) {}
    std::optional<Field> next();
    std::size_t offset() const { return offset_; }  // where the next field, the empty line or the end is

private:
    std::string_view text_;
    std::size_t offset_ = 0;
};

/// Where the header ends.
struct Division {
    std::size_t header = 0;       // octets before the empty line
    std::size_t body = 0;         // where the body begins, behind the empty line
    bool has_empty_line = false;  // false: the text ended within the header
};
Division divide(std::string_view message);

/// The first field of that name.
std::optional<Field> find_field(std::string_view header, std::string_view name);
std::size_t count_fields(std::string_view header, std::string_view name);

/// How often a message has been through mail servers, as its own trace tells it (RFC 5321 §6.3).
struct Hops {
    std::size_t received = 0;
    std::size_t delivered_to = 0;
};
Hops count_hops(std::string_view header);

/// Whether we, or someone before us, already delivered to this very address (ASCII case ignored).
bool has_delivered_to(std::string_view header, std::string_view address);

/// A value with its folding undone (§2.2.3) and without blanks at both ends.
std::string unfold(std::string_view value);

/// A name that may stand before a colon: printable ASCII other than ":" (§3.6.8).
bool is_field_name(std::string_view name);

}  // namespace mime
