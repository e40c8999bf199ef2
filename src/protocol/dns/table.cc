#include "dns/table.h"

#include <boost/json.hpp>

#include <algorithm>

#include "dns/wire.h"
#include "lang/try.h"
#include "text/utf8.h"

namespace dns {
namespace {

namespace json = boost::json;

constexpr std::uint32_t default_ttl = 300;

template <typename T>
using Read = std::expected<T, std::string>;

Read<std::string_view> text_of(const json::object& line, std::string_view key) {
    const auto* value = line.if_contains(key);
    if (!value || !value->is_string()) return std::unexpected('"' + std::string(key) + "\" must be a string");
    return std::string_view(value->get_string());
}

// U+0000 to U+00FF are octets.
Read<std::string> octets_of(std::string_view utf8) {
    std::string octets;
    while (!utf8.empty()) {
        const auto length = text::utf8_character_length(utf8);
        const auto first = static_cast<unsigned char>(utf8[0]);
        if (length > 2 || first > 0xc3) return std::unexpected(std::string("TXT data must be U+0000 to U+00FF"));
        octets += length == 2 ? static_cast<char>(first << 6 | (static_cast<unsigned char>(utf8[1]) & 0x3f)) : utf8[0];
        utf8.remove_prefix(std::max<std::size_t>(length, 1));
    }
    return octets;
}

Read<Value> txt_of_list(const json::array& list) {
    Txt txt;
    for (const auto& element : list) {
        if (!element.is_string()) return std::unexpected(std::string("TXT data must be strings"));
        txt.strings.push_back(TRY(octets_of(std::string_view(element.get_string()))));
        if (txt.strings.back().size() > 255) return std::unexpected(std::string("a TXT string over 255 octets"));
    }
    return txt;
}

Read<Value> value_of(const json::object& line, Type type) {
    const auto* data = line.if_contains("data");
    const bool is_text = type == Type::Txt || type == Type(99);  // SPF: as TXT, and asked by nobody (RFC 7208 §3.1)
    if (is_text && data && data->is_array()) return txt_of_list(data->get_array());
    std::string text(TRY(text_of(line, "data")));
    if (type == Type::Txt) text = TRY(octets_of(text));
    // In the wild: test suites write the root as nothing at all.
    const bool names_host = type == Type::Mx || type == Type::Cname || type == Type::Ptr;
    if (names_host && (text.empty() || text.ends_with(' '))) text += '.';
    auto value = parse_value(type, text);
    if (!value) return std::unexpected("not the data of " + to_text(type) + ": " + text);
    return *std::move(value);
}

bool is_secure(const json::object& line) {
    const auto* secure = line.if_contains("secure");
    return secure && secure->is_bool() && secure->get_bool();
}

std::uint32_t ttl_of(const json::object& line) {
    const auto* ttl = line.if_contains("ttl");
    const auto seconds = ttl && ttl->is_int64() ? ttl->get_int64() : default_ttl;
    return static_cast<std::uint32_t>(std::clamp<std::int64_t>(seconds, 0, 0x7fffffff));
}

}  // namespace

/// Adds line after line to a table.
class TableReader {
public:
    Read<void> read(std::string_view text) {
        json::error_code error;
        const auto value = json::parse(text, error);
        if (error) return std::unexpected("not JSON: " + error.message());
        if (!value.is_object()) return std::unexpected(std::string("not a JSON object"));
        const auto& line = value.get_object();
        const auto name_text = TRY(text_of(line, "name"));
        const auto name = parse_name(name_text);
        if (!name) return std::unexpected(std::string("not a domain name"));
        table_.add_name(*name);
        auto& entry = table_.entries_[*name];
        entry.is_secure = entry.is_secure && is_secure(line);
        return line.contains("rcode") ? add_forced(entry, line) : add_record(entry, *name, line);
    }
    Table take() { return std::move(table_); }

private:
    static Read<Type> type_of(std::string_view text) {
        const auto type = parse_type(text);
        if (!type) return std::unexpected("no such type: " + std::string(text));
        return *type;
    }

    static Read<Table::Forced> forced_of(std::string_view rcode) {
        if (rcode == "SERVFAIL") return Table::Forced::ServFail;
        if (rcode == "NXDOMAIN") return Table::Forced::NxDomain;
        if (rcode == "TIMEOUT") return Table::Forced::Timeout;
        if (rcode == "BOGUS") return Table::Forced::Bogus;
        return std::unexpected(std::string("\"rcode\" must be SERVFAIL, NXDOMAIN, TIMEOUT or BOGUS"));
    }

    Read<void> add_forced(Table::Entry& entry, const json::object& line) {
        const auto rcode = TRY(text_of(line, "rcode"));
        const auto forced = TRY(forced_of(rcode));
        const auto type = TRY(text_of(line, "type"));
        if (type == "*")
            entry.forced_for_all = forced;
        else
            entry.forced[TRY(type_of(type))] = forced;
        return {};
    }

    Read<void> add_record(Table::Entry& entry, const Name& name, const json::object& line) {
        const auto type_text = TRY(text_of(line, "type"));
        const auto type = TRY(type_of(type_text));
        auto& set = entry.sets[type];
        set.records.push_back({name, type, ttl_of(line), TRY(value_of(line, type))});
        set.is_secure = set.is_secure && is_secure(line);
        return {};
    }

    Table table_;
};

// RFC 8020: what has names below it exists.
void Table::add_name(const Name& name) {
    for (Name ancestor = name; !entries_.contains(ancestor); ancestor = ancestor.parent()) {
        auto& entry = entries_[ancestor];
        entry.is_secure = ancestor == name;  // of names that are merely above others nothing was said
        if (ancestor.is_root()) return;
    }
}

const Table::Forced* Table::forced(const Entry& entry, Type type) {
    if (const auto found = entry.forced.find(type); found != entry.forced.end()) return &found->second;
    return entry.forced_for_all ? &*entry.forced_for_all : nullptr;
}

Answer Table::forced_answer(Forced forced, bool is_secure) {
    switch (forced) {
        case Forced::ServFail: return failed("SERVFAIL");
        case Forced::Timeout: return failed("timed out");
        case Forced::Bogus: return bogus("validation failed");
        case Forced::NxDomain: break;
    }
    Answer answer;
    answer.outcome = is_secure ? Outcome::Secure : Outcome::Insecure;
    answer.existence = Existence::NoName;
    return answer;
}

Answer Table::answer(const Question& question) const {
    Answer answer;
    answer.outcome = Outcome::Secure;
    answer.canonical_name = question.name;
    answer.ttl = default_ttl;
    const auto weaken = [&](bool is_secure) {
        if (!is_secure) answer.outcome = Outcome::Insecure;
    };
    for (int aliases = 0; aliases <= most_aliases; ++aliases) {
        const auto found = entries_.find(answer.canonical_name);
        if (found == entries_.end()) {
            weaken(false);
            answer.existence = Existence::NoName;
            return answer;
        }
        const Entry& entry = found->second;
        if (const auto* outcome = forced(entry, question.type)) {
            Answer forced = forced_answer(*outcome, entry.is_secure && answer.is_secure());
            forced.canonical_name = answer.canonical_name;
            return forced;
        }
        const auto set = entry.sets.find(question.type);
        const auto alias = entry.sets.find(Type::Cname);
        if (set == entry.sets.end() && alias != entry.sets.end()) {
            weaken(alias->second.is_secure);
            answer.canonical_name = std::get<Alias>(alias->second.records.front().value).target;
            continue;
        }
        weaken(set == entry.sets.end() ? entry.is_secure : set->second.is_secure);
        if (set != entry.sets.end()) answer.records = set->second.records;
        answer.existence = answer.records.empty() ? Existence::NoData : Existence::Found;
        for (const auto& record : answer.records) answer.ttl = std::min(answer.ttl, record.ttl);
        return answer;
    }
    return failed("a chain of too many aliases");
}

std::expected<Table, TableError> parse_table(std::string_view text) {
    TableReader reader;
    for (std::size_t number = 1; !text.empty(); ++number) {
        const auto end = std::min(text.find('\n'), text.size());
        const auto line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.find_first_not_of(" \t\r") == std::string_view::npos) continue;
        if (auto read = reader.read(line); !read) return std::unexpected(TableError{number, read.error()});
    }
    return reader.take();
}

}  // namespace dns
