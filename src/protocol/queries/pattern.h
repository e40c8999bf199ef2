#pragma once
// Questions about one address, as an administrator writes them for a database or a directory server: "{address}",
// "{local_part}" and "{domain}" stand for what is asked about.
//
//   SELECT quota FROM mailbox WHERE address = {address}
//   (&(objectClass=inetOrgPerson)(mail={address}))
//
// Hostile: addresses come from strangers, with every character that a quoted local part may have. So a field is never
// spliced in as it is: it becomes a parameter (sql.h), or is escaped (filter.h).

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace queries {

enum class Field : std::uint8_t { Address, LocalPart, Domain };

/// What the fields are, for one question.
struct Fields {
    std::string address;  // lower case, the domain as A-labels
    std::string local_part;
    std::string domain;

    const std::string& operator[](Field field) const;
};
/// Of "ann@example.org".
Fields fields_of(std::string_view address);

/// Text, and the field behind it.
struct Piece {
    std::string text;
    std::optional<Field> field;
    bool operator==(const Piece&) const = default;
};

/// An error says what is wrong with it, for people: a word in braces that is no field.
std::expected<std::vector<Piece>, std::string> parse_pattern(std::string_view text);

}  // namespace queries
