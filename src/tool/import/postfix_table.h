#pragma once
// Lookup tables of Postfix, read from the text that they are made of: "key value", blanks at the front of a line go on
// with the line before. postmap(1), DATABASE_README.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "import/lines.h"

namespace import {

struct TableEntry {
    std::string key;  // lower case
    std::string value;
    Origin origin;
};

/// "/etc/postfix/virtual" of "hash:/etc/postfix/virtual"; nullopt: another kind of table.
std::optional<std::string> text_of_table(std::string_view table);

std::vector<TableEntry> parse_table(const File& file, Report& report);

/// The entries of several tables. What cannot be read is reported.
std::vector<TableEntry> read_tables(const std::vector<std::string>& tables, const Origin& origin, const Reader& named,
                                    Report& report);

/// The elements of a list with those of files ("/file") and the keys of tables ("hash:/file") in their places.
std::vector<TableEntry> expand_list(const std::vector<std::string>& elements, const Origin& origin, const Reader& named,
                                    Report& report);

}  // namespace import
