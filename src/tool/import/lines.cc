#include "import/lines.h"

#include <algorithm>

#include "text/ascii.h"
#include "text/utf8.h"

namespace import {
namespace {

std::string_view without_end(std::string_view line) {
    while (!line.empty() && (text::is_blank(line.back()) || line.back() == '\r')) line.remove_suffix(1);
    return line;
}

}  // namespace

std::vector<Line> lines_of(const File& file, Report& report) {
    std::vector<Line> lines;
    std::uint32_t number = 0;
    for (std::string_view rest = file.text; !rest.empty();) {
        const auto end = std::min(rest.find('\n'), rest.size());
        const auto line = without_end(rest.substr(0, end));
        rest.remove_prefix(std::min(end + 1, rest.size()));
        ++number;
        if (line.empty() || line.starts_with('#')) continue;
        if (line.contains('\0') || !text::is_utf8(line))
            report.add({file.path, number}, "has a NUL in it or is not UTF-8, and is passed over");
        else
            lines.push_back({line, {file.path, number}});
    }
    return lines;
}

std::string_view first_line(const File& file) {
    const auto line = without_end(std::string_view(file.text).substr(0, file.text.find('\n')));
    return line.contains('\0') || !text::is_utf8(line) ? std::string_view() : line;
}

std::optional<std::uint64_t> parse_number(std::string_view digits) {
    if (digits.empty() || digits.size() > 15 || !std::ranges::all_of(digits, text::is_digit)) return std::nullopt;
    std::uint64_t number = 0;
    for (const char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
    return number;
}

std::vector<std::string_view> split(std::string_view text, char separator, std::size_t most) {
    std::vector<std::string_view> parts;
    while (parts.size() + 1 < most) {
        const auto at = text.find(separator);
        if (at == std::string_view::npos) break;
        parts.push_back(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    parts.push_back(text);
    return parts;
}

}  // namespace import
