#include "logs/record.h"

#include <algorithm>

#include "logs/events.h"
#include "logs/sentence.h"
#include "text/cursor.h"
#include "text/escape.h"
#include "text/hex.h"
#include "text/utf8.h"

namespace logs {
namespace {

constexpr std::size_t most_members = 100;

void skip_blanks(text::Cursor& in) {
    in.take_while([](char c) { return c == ' ' || c == '\t'; });
}

void append_utf8(std::string& out, unsigned code) {
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xc0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3f));
    } else {
        out += static_cast<char>(0xe0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3f));
        out += static_cast<char>(0x80 | (code & 0x3f));
    }
}

// \uXXXX; a lone or paired surrogate becomes U+FFFD, as we never write one.
bool take_unicode(text::Cursor& in, std::string& out) {
    const std::string_view digits = in.take_bytes(4);
    if (digits.size() != 4) return false;
    unsigned code = 0;
    for (const char c : digits) {
        const int value = text::hex_value(c);
        if (value < 0) return false;
        code = code << 4 | static_cast<unsigned>(value);
    }
    append_utf8(out, code >= 0xd800 && code < 0xe000 ? 0xfffd : code);
    return true;
}

bool take_escape(text::Cursor& in, std::string& out) {
    const char c = in.peek();
    in.take_bytes(1);
    switch (c) {
        case '"':
        case '\\':
        case '/': out += c; return true;
        case 'n': out += '\n'; return true;
        case 'r': out += '\r'; return true;
        case 't': out += '\t'; return true;
        case 'b': out += '\b'; return true;
        case 'f': out += '\f'; return true;
        case 'u': return take_unicode(in, out);
        default: return false;
    }
}

std::optional<std::string> take_string(text::Cursor& in) {
    if (!in.take('"')) return std::nullopt;
    std::string out;
    while (!in.at_end()) {
        out += in.take_while([](char c) { return c != '"' && c != '\\'; });
        if (in.take('"')) return out;
        if (!in.take('\\') || !take_escape(in, out)) return std::nullopt;
    }
    return std::nullopt;
}

std::optional<std::string> take_value(text::Cursor& in) {
    if (in.peek() == '"') return take_string(in);
    const std::string_view word = in.take_while([](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '+' || c == '.' || c == 'E';
    });
    if (word.empty()) return std::nullopt;
    return std::string(word);
}

std::optional<Record::Member> take_member(text::Cursor& in) {
    skip_blanks(in);
    auto key = take_string(in);
    skip_blanks(in);
    if (!key || !in.take(':')) return std::nullopt;
    skip_blanks(in);
    auto value = take_value(in);
    skip_blanks(in);
    if (!value) return std::nullopt;
    return Record::Member{std::move(*key), std::move(*value)};
}

const Vocabulary* find_event(std::string_view name) {
    const auto* found = std::ranges::find(vocabulary, name, &Vocabulary::name);
    return found == vocabulary.end() ? nullptr : found;
}

bool is_of_every_event(std::string_view key) { return key == "time" || key == "event" || key == "id"; }

}  // namespace

std::string_view Record::find(std::string_view key) const {
    const auto found = std::ranges::find(members, key, &Member::key);
    return found == members.end() ? std::string_view() : std::string_view(found->value);
}

std::optional<Record> parse_record(std::string_view line) {
    if (line.size() > longest_record || !text::is_utf8(line)) return std::nullopt;
    text::Cursor in(line);
    Record record;
    if (!in.take('{')) return std::nullopt;
    do {
        auto member = take_member(in);
        if (!member || record.members.size() == most_members) return std::nullopt;
        record.members.push_back(*std::move(member));
    } while (in.take(','));
    if (!in.take('}') || !in.at_end()) return std::nullopt;
    return record;
}

std::string printable(std::string_view value) {
    std::string out;
    while (true) {
        const std::size_t backslash = value.find('\\');
        out += text::escaped(value.substr(0, backslash));
        if (backslash == std::string_view::npos) return out;
        out += '\\';
        value.remove_prefix(backslash + 1);
    }
}

std::string sentence(const Record& record) {
    const Vocabulary* words = find_event(record.find("event"));
    std::string out = words ? "" : printable(record.find("event"));
    if (words && words->severity != Severity::Notice)
        out += words->severity == Severity::Alert ? "ALERT: " : "warning: ";
    if (words)
        fill_in(out, words->sentence, [&](std::string& into, std::string_view key) {
            const std::string_view value = record.find(key);
            into += printable(value);
            return !value.empty();
        });
    for (const auto& [key, value] : record.members) {
        if (value.empty() || is_of_every_event(key) || is_bookkeeping(key) || (words && names(words->sentence, key)))
            continue;
        out += " " + printable(key) + "=" + printable(value);
    }
    return out;
}

}  // namespace logs
