#pragma once
// DNS answers from a text: JSON lines, one record or forced outcome each. A debugging feature for people and tests.
//
//   {"name": "example.com", "type": "MX", "data": "10 mx.example.com", "secure": true}
//   {"name": "broken.example", "type": "*", "rcode": "SERVFAIL"}
//
// A name that exists, or has names below it, without the type asked for is NoData; other names are NoName (RFC 8020).
// Aliases are followed. "ttl" may be given; it is 300 otherwise. Empty lines are skipped. TXT data is a string or a
// list of strings, of which U+0000 to U+00FF are octets.

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
    std::string problem;  // for a person to read
};

class Table {
public:
    Answer answer(const Question& question) const;
    std::size_t size() const { return entries_.size(); }  // names

private:
    friend class TableReader;

    enum class Forced { ServFail, NxDomain, Timeout, Bogus };
    struct RecordSet {
        std::vector<Record> records;
        bool is_secure = true;  // until a record without "secure" is added
    };
    struct Entry {
        std::map<Type, RecordSet> sets;
        std::map<Type, Forced> forced;
        std::optional<Forced> forced_for_all;
        bool is_secure = true;  // likewise: whether "no such record" is proved
    };

    void add_name(const Name& name);
    static const Forced* forced(const Entry& entry, Type type);
    static Answer forced_answer(Forced forced, bool is_secure);

    std::map<Name, Entry> entries_;  // names above others are here too, without records
};

std::expected<Table, TableError> parse_table(std::string_view text);

}  // namespace dns
