#pragma once
// Files as other mail servers write them: one value a line.

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/report.h"

namespace import {

constexpr std::size_t longest_file = 16 * 1024 * 1024;

struct File {
    std::string path;
    std::string text;
};

/// Files that other files name; or why one cannot be read.
using Reader = std::function<std::expected<File, std::string>(const std::string& path)>;

struct Line {
    std::string_view text;
    Origin origin;
};

/// Without blanks at the ends of lines; empty lines and comments ("#") are passed over. One with a NUL, or not in
/// UTF-8, is reported.
std::vector<Line> lines_of(const File& file, Report& report);
/// The first line, whatever it is, without blanks at its end; empty where it has a NUL or is not UTF-8.
std::string_view first_line(const File& file);

/// Decimal digits alone, below 10^15.
std::optional<std::uint64_t> parse_number(std::string_view digits);

/// "a:b:c" → "a", "b", "c"; at most `most` of them, the last with all that is left.
std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most);

}  // namespace import
