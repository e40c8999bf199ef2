#pragma once
// A message that a program writes to one reader, from the null sender, into the drop directory (RFC 3834 §3.3).

#include <string>
#include <string_view>

#include "file/disk.h"

namespace drop {

/// Durable once it is done. `text`: the whole message.
file::Result<void> leave_letter(const std::string& directory, const std::string& to, std::string_view text);

/// Digits that nobody can guess: for a Message-ID, or a boundary.
std::string unique_name();

}  // namespace drop
