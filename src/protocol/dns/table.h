#pragma once
// DNS answers from a text: JSON lines, one record or forced outcome each. A debugging feature for people and tests.
//
//   {"name": "example.com", "type": "MX", "data": "10 mx.example.com", "secure": true}
//   {"name": "broken.example", "type": "*", "rcode": "SERVFAIL"}
//
// A name that exists, or has names below it, without the type asked for is NoData; other names are NoName (RFC 8020).
// Aliases are followed.

#include <cstddef>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "dns/answer.h"

namespace dns {

struct TableError {
    std::size_t line;     // from 1
    std::string problem;  // "no such type"; for a person to read
};

class Table {
public:
    Answer answer(const Question& question) const;
    std::size_t size() const { return entries_.size(); }

private:
    friend std::expected<Table, TableError> parse_table(std::string_view text);

    enum class Forced { ServFail, NxDomain, Timeout, Bogus };
    struct Entry {
        std::vector<Record> records;
        std::map<Type, Forced> forced;
        std::optional<Forced> forced_for_all;
        bool is_secure = false;  // until a record without "secure" is added
    };

    friend class TableReader;
    const Entry* find(const Name& name) const;
    bool has_names_below(const Name& name) const;

    std::map<Name, Entry> entries_;
    std::map<Name, int> ancestors_;  // names that exist because something is below them
};

std::expected<Table, TableError> parse_table(std::string_view text);

}  // namespace dns
