#include "import/postfix_table.h"

#include <fmt/format.h>

#include <algorithm>

#include "import/main_cf.h"
#include "text/ascii.h"

namespace import {
namespace {

constexpr std::string_view kinds[] = {"hash", "btree", "lmdb", "dbm", "cdb", "sdbm", "texthash"};

std::optional<File> read_text(const std::string& path, const Origin& origin, const Reader& named, Report& report) {
    auto file = named(path);
    if (file) return *std::move(file);
    report.add(origin, fmt::format("{} cannot be read: {}", path, file.error()), "what it says is left out");
    return std::nullopt;
}

}  // namespace

std::optional<std::string> text_of_table(std::string_view table) {
    if (table.starts_with("proxy:")) table.remove_prefix(6);
    const auto colon = table.find(':');
    if (colon == std::string_view::npos || std::ranges::find(kinds, table.substr(0, colon)) == std::end(kinds))
        return std::nullopt;
    const auto path = table.substr(colon + 1);
    return path.starts_with('/') ? std::optional(std::string(path)) : std::nullopt;
}

std::vector<TableEntry> parse_table(const File& file, Report& report) {
    std::vector<TableEntry> entries;
    for (const auto& line : lines_of(file, report)) {
        const auto trimmed = text::trim(line.text);
        if (trimmed.starts_with('#')) continue;
        if (text::is_blank(line.text.front())) {
            if (!entries.empty()) entries.back().value.append(" ").append(trimmed);
            continue;
        }
        const auto end = std::min(trimmed.find_first_of(" \t"), trimmed.size());
        entries.push_back({.key = text::lower(trimmed.substr(0, end)),
                           .value = std::string(text::trim(trimmed.substr(end))),
                           .origin = line.origin});
    }
    return entries;
}

std::vector<TableEntry> read_tables(const std::vector<std::string>& tables, const Origin& origin, const Reader& named,
                                    Report& report) {
    std::vector<TableEntry> all;
    for (const auto& table : tables) {
        const auto path = text_of_table(table);
        if (!path) {
            report.add(origin, fmt::format("the table {} is not read", table), "take over by hand what it says");
            continue;
        }
        const auto file = read_text(*path, origin, named, report);
        if (file) std::ranges::move(parse_table(*file, report), std::back_inserter(all));
    }
    return all;
}

std::vector<TableEntry> expand_list(const std::vector<std::string>& elements, const Origin& origin, const Reader& named,
                                    Report& report) {
    std::vector<TableEntry> all;
    for (const auto& element : elements) {
        if (element.starts_with('/')) {
            const auto file = read_text(element, origin, named, report);
            if (!file) continue;
            for (const auto& line : lines_of(*file, report))
                for (auto& one : list_of(line.text)) all.push_back({std::move(one), {}, line.origin});
        } else if (text_of_table(element)) {
            std::ranges::move(read_tables({element}, origin, named, report), std::back_inserter(all));
        } else if (element.contains(":/")) {
            report.add(origin, fmt::format("the table {} is not read", element), "take over by hand what it says");
        } else {
            all.push_back({text::lower(element), {}, origin});
        }
    }
    return all;
}

}  // namespace import
