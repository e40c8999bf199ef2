#pragma once
// From TOML text to a Document. `include = ["conf.d/*.toml"]` at the top of a file takes in others: their tables are
// merged, their [[arrays]] appended, and a key set twice is an error.

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

#include "config/node.h"

namespace config {

constexpr std::size_t longest_file = 1024 * 1024;
constexpr std::size_t longest_text = 256 * 1024 * 1024;  // of all files, with the lists of mailboxes they name
constexpr std::size_t deepest_include = 8;
constexpr std::size_t most_files = 1000;

/// The file and all it includes. Patterns are relative to the file that includes, and are taken in sorted order.
std::expected<Document, Problems> parse_file(const std::string& path);

/// A text by itself; `include` is an error here.
std::expected<Document, Problems> parse_text(std::string_view text, std::string name);

}  // namespace config
