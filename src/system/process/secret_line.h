#pragma once
// A password, or several secrets, in a file that master opened for this process alone (process::Secret).

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>
#include <vector>

#include "file/descriptor.h"

namespace process {

/// All of it, or of a longer file the first `most` octets, from the beginning, wherever other processes that have it
/// open are. A secret, to be wiped.
std::expected<std::string, std::string_view> secret_text(const file::Descriptor& file, std::size_t most);

/// One line, read from the beginning of the file, wherever other processes that have it open are. The error: what is
/// wrong with the file, in words that follow its name.
std::expected<std::string, std::string_view> secret_line(const file::Descriptor& file, std::size_t longest);

/// Each line that is not empty, likewise: a secret and those before it.
std::expected<std::vector<std::string>, std::string_view> secret_lines(const file::Descriptor& file,
                                                                       std::size_t longest);

}  // namespace process
