#pragma once
// What a message is called for good: the answer to UIDL. RFC 1939 §7: 1 to 70 octets from 0x21 to 0x7E.
//
// As qmail-pop3d has it, the name of the file up to the colon: it stays the same while the message moves from new/ to
// cur/ and its flags change, and over every restart. Names that cannot stand there are hashed.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace maildrop {

/// Up to the colon: what names a message as long as it is in the Maildir. With ",S=" and ",W=".
std::string_view stem(std::string_view file_name);

/// `repetition`: how many messages of the same stem come before this one. Copies of a file by hand have the same.
std::string unique_id(std::string_view stem, std::size_t repetition = 0);

/// Octets on the wire, as the name tells them: ",W=" of Maildir++. No number that anybody would believe: none.
std::optional<std::uint64_t> wire_size_in_name(std::string_view file_name);

/// For tables of names. Not for secrets: the owner of the mailbox gives the names.
std::uint64_t hash_of(std::string_view stem);

}  // namespace maildrop
