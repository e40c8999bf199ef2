#pragma once
// The file that names the mailboxes of a virtual domain: one address a line, optionally with a quota.
//
//   # sales
//   ann@virtual.example
//   bob@virtual.example  500MB
//
// Local parts are compared without regard to case (ASCII). A mailbox is a directory named like it, so a name that could
// lead elsewhere is refused here, once, and what is looked up later is only ever compared with names that passed.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <unordered_map>

#include "config/problem.h"

namespace site {

/// "local@domain", lower case, domain in A-labels → the quota in octets; 0: the general one.
using MailboxList = std::unordered_map<std::string, std::uint64_t>;

constexpr std::size_t longest_mailbox_list = 128 * 1024 * 1024;

/// Everything that is wrong, at most 100 lines of it.
std::expected<MailboxList, config::Problems> parse_mailbox_list(std::string_view text, const std::string& file);

/// "Ann@Virtual.Example" as the key of a list; an error says why nobody's mailbox can have that address.
std::expected<std::string, std::string> mailbox_name(std::string_view address);

/// Whether a local part may be the name of a directory: no "/", no control character, no "." at its front, UTF-8, and
/// not longer than SMTP allows.
bool is_directory_name(std::string_view local_part);

}  // namespace site
