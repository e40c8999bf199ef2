#include "logs/value_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "logs/stamp.h"
#include "text/ascii.h"
#include "text/crockford.h"
#include "text/escape.h"

namespace logs {
namespace {

bool is_plain(char c) { return text::is_printable(c) && c != '\\' && c != '"'; }

// Nearly every value is short printable ASCII and needs no second look.
bool is_plain_text(std::string_view text) {
    return text.size() <= longest_value && std::ranges::all_of(text, is_plain);
}

}  // namespace

void append_value(std::string& out, const Field& field) {
    if (field.is_time())
        StampCache().append(out, clocks::Wall(std::chrono::milliseconds(field.number)));
    else if (field.kind == Field::Kind::Number)
        fmt::format_to(std::back_inserter(out), "{}", field.number);
    else if (field.kind == Field::Kind::Truth)
        out += field.number ? "true" : "false";
    else if (is_plain_text(field.text))
        out += field.text;
    else
        out += text::escaped(field.text, longest_value);
}

void append_json_text(std::string& out, std::string_view outside) {
    if (is_plain_text(outside)) {
        out += outside;
        return;
    }
    for (const char c : text::escaped(outside, longest_value)) {
        if (c == '"' || c == '\\') out += '\\';
        out += c;
    }
}

void append_id(std::string& out, std::uint64_t id) {
    const auto digits = text::to_crockford(id);
    out.append(digits.data(), digits.size());
}

}  // namespace logs
