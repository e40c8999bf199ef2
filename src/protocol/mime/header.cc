#include "mime/header.h"

#include <algorithm>

#include "text/ascii.h"

namespace mime {
namespace {

// The length of the line at the front, its line end included.
std::size_t line_length(std::string_view text) {
    const auto end = text.find('\n');
    return end == std::string_view::npos ? text.size() : end + 1;
}

bool is_empty_line(std::string_view text) { return text.starts_with('\n') || text.starts_with("\r\n"); }

std::string_view without_line_end(std::string_view line) {
    if (line.ends_with('\n')) line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    return line;
}

// field = name *WSP ":" value          RFC 5322 §2.2, §4.5 (blanks before the colon)
Field split(std::string_view whole, std::size_t offset) {
    Field field{{}, without_line_end(whole), whole, offset};
    const auto colon = field.value.find(':');
    if (colon == std::string_view::npos) return field;
    auto name = field.value.substr(0, colon);
    while (!name.empty() && text::is_blank(name.back())) name.remove_suffix(1);
    if (!is_field_name(name)) return field;
    field.name = name;
    field.value.remove_prefix(colon + 1);
    return field;
}

}  // namespace

bool Field::is(std::string_view wanted) const { return text::equal_ignoring_case(name, wanted); }

bool is_field_name(std::string_view name) {
    return !name.empty() && std::ranges::all_of(name, [](char c) { return text::is_graphic(c) && c != ':'; });
}

std::optional<Field> FieldScanner::next() {
    const auto rest = text_.substr(offset_);
    if (rest.empty() || is_empty_line(rest)) return std::nullopt;
    std::size_t length = line_length(rest);
    while (length < rest.size() && text::is_blank(rest[length])) length += line_length(rest.substr(length));
    const auto field = split(rest.substr(0, length), offset_);
    offset_ += length;
    return field;
}

Division divide(std::string_view message) {
    Division division;
    while (division.header < message.size()) {
        const auto rest = message.substr(division.header);
        if (is_empty_line(rest)) {
            division.body = division.header + line_length(rest);
            division.has_empty_line = true;
            return division;
        }
        division.header += line_length(rest);
    }
    division.body = division.header;
    return division;
}

std::optional<Field> find_field(std::string_view header, std::string_view name) {
    FieldScanner fields(header);
    while (auto field = fields.next())
        if (field->is(name)) return field;
    return std::nullopt;
}

std::size_t count_fields(std::string_view header, std::string_view name) {
    std::size_t count = 0;
    FieldScanner fields(header);
    while (auto field = fields.next()) count += field->is(name);
    return count;
}

Hops count_hops(std::string_view header) {
    Hops hops;
    FieldScanner fields(header);
    while (auto field = fields.next()) {
        hops.received += field->is("Received");
        hops.delivered_to += field->is("Delivered-To");
    }
    return hops;
}

bool has_delivered_to(std::string_view header, std::string_view address) {
    FieldScanner fields(header);
    while (auto field = fields.next())
        if (field->is("Delivered-To") && text::equal_ignoring_case(unfold(field->value), address)) return true;
    return false;
}

std::string unfold(std::string_view value) {
    std::string line;
    line.reserve(value.size());
    std::ranges::copy_if(value, std::back_inserter(line), [](char c) { return c != '\r' && c != '\n'; });
    return std::string(text::trim(line));
}

}  // namespace mime
