#include "dns/name.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/ascii.h"
#include "text/cursor.h"

namespace dns {
namespace {

using text::Cursor;

constexpr std::size_t longest_text = 4 * longest_name;  // every octet as "\DDD"

// "\DDD" or "\" and any other character          RFC 1035 §5.1
std::optional<char> take_escape(Cursor& in) {
    if (!text::is_digit(in.peek())) {
        const auto character = in.take_bytes(1);
        if (character.empty()) return std::nullopt;
        return character[0];
    }
    const auto digits = in.take_bytes(3);
    if (digits.size() < 3 || !std::ranges::all_of(digits, text::is_digit)) return std::nullopt;
    const int octet = 100 * (digits[0] - '0') + 10 * (digits[1] - '0') + (digits[2] - '0');
    if (octet > 255) return std::nullopt;
    return static_cast<char>(octet);
}

std::optional<std::string> take_label(Cursor& in) {
    std::string label;
    while (!in.at_end() && in.peek() != '.') {
        if (!in.take('\\')) {
            label += in.take_bytes(1);
            continue;
        }
        const auto octet = take_escape(in);
        if (!octet) return std::nullopt;
        label += *octet;
    }
    return label;
}

std::string label_text(std::string_view label) {
    std::string out;
    for (char c : label) {
        if (c == '.' || c == '\\') out += '\\';
        if (text::is_graphic(c))
            out += c;
        else
            out += fmt::format("\\{:03}", static_cast<unsigned char>(c));
    }
    return out;
}

bool is_host_label(std::string_view label) {
    return label.front() != '-' && label.back() != '-' &&
           std::ranges::all_of(label, [](char c) { return text::is_alphanumeric(c) || c == '-' || c == '_'; });
}

std::size_t length_octet(std::string_view wire) { return static_cast<unsigned char>(wire.front()); }

}  // namespace

std::size_t Name::label_count() const {
    std::size_t count = 0;
    for (std::string_view rest = wire_; length_octet(rest) > 0; rest.remove_prefix(1 + length_octet(rest))) ++count;
    return count;
}

std::string_view Name::first_label() const { return std::string_view(wire_).substr(1, length_octet(wire_)); }

Name Name::parent() const {
    Name parent;
    if (!is_root()) parent.wire_ = wire_.substr(1 + length_octet(wire_));
    return parent;
}

bool Name::is_below(const Name& ancestor) const {
    std::string_view rest = wire_;
    while (rest.size() > ancestor.wire_.size()) rest.remove_prefix(1 + length_octet(rest));
    return rest == ancestor.wire_;
}

bool Name::is_host_name() const {
    std::string_view rest = wire_;
    for (; length_octet(rest) > 0; rest.remove_prefix(1 + length_octet(rest)))
        if (!is_host_label(rest.substr(1, length_octet(rest)))) return false;
    return !is_root();
}

std::optional<Name> Name::child(std::string_view label) const {
    if (label.empty() || label.size() > longest_label || wire_.size() + label.size() + 1 > longest_name)
        return std::nullopt;
    Name child;
    child.wire_ = static_cast<char>(label.size()) + text::lower(label) + wire_;
    return child;
}

std::optional<Name> name_of(const std::vector<std::string_view>& labels) {
    Name name;
    name.wire_.clear();
    for (const auto label : labels) {
        if (label.empty() || label.size() > longest_label) return std::nullopt;
        name.wire_ += static_cast<char>(label.size());
        name.wire_ += text::lower(label);
        if (name.wire_.size() >= longest_name) return std::nullopt;
    }
    name.wire_ += '\0';
    return name;
}

std::optional<Name> parse_name(std::string_view text) {
    if (text == ".") return Name();
    if (text.empty() || text.size() > longest_text + 1) return std::nullopt;
    Cursor in(text);
    std::vector<std::string> labels;
    while (!in.at_end()) {
        auto label = take_label(in);
        if (!label) return std::nullopt;
        labels.push_back(*std::move(label));
        in.take('.');
    }
    return name_of({labels.begin(), labels.end()});
}

std::string to_text(const Name& name) {
    if (name.is_root()) return ".";
    std::string out;
    for (std::string_view rest = name.wire(); length_octet(rest) > 0; rest.remove_prefix(1 + length_octet(rest))) {
        if (!out.empty()) out += '.';
        out += label_text(rest.substr(1, length_octet(rest)));
    }
    return out;
}

}  // namespace dns
