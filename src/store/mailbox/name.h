#pragma once
// What a message is called in a Maildir (https://cr.yp.to/proto/maildir.html): "<seconds>.<unique>.<host>", followed by
// ",S=<octets>" where a quota is kept (Maildir++), and, once a mail reader has seen it, by ":2,<flags>".
//
// Our unique part says which delivery it is, "Q<queue id>R<recipient>", and the seconds are those of its arrival: the
// same delivery always has the same name. That is what makes a repetition harmless.

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailbox {

/// "/" and ":" may not stand in a file name there, and "," begins what is not the name: "\057", "\072", "\054".
std::string escaped_host(std::string_view host);

std::string maildir_name(std::int64_t arrived_milliseconds, std::string_view queue_id, std::uint32_t recipient,
                         std::string_view escaped_host);

/// Without size and flags: what stays the same while the message moves from new/ to cur/.
std::string_view base_name(std::string_view file_name);

/// Octets of the file as its name tells them, ",S=".
std::optional<std::uint64_t> size_in_name(std::string_view file_name);

/// When the file was made, in seconds since 1970, as all Maildir names tell in their first number.
std::optional<std::int64_t> time_in_name(std::string_view file_name);

/// Marked as deleted by a mail reader (flag T): does not count against the quota.
bool is_trashed(std::string_view file_name);

}  // namespace mailbox
