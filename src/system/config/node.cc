#include "config/node.h"

#include <fmt/format.h>

#include <algorithm>

#include "text/ascii.h"

namespace config {
namespace {

bool is_bare(char c) { return text::is_alphanumeric(c) || c == '_' || c == '-'; }

std::string number_text(double number) {
    std::string text = fmt::to_string(number);
    if (text.find_first_of(".ein") == std::string::npos) text += ".0";
    return text;
}

std::string inline_toml(const Node& node);

std::string inline_array(const Node& node) {
    std::string text;
    for (const Node& item : node.items) text += (text.empty() ? "" : ", ") + inline_toml(item);
    return "[" + text + "]";
}

std::string inline_table(const Node& node) {
    std::string text;
    for (const Member& member : node.members)
        text += (text.empty() ? "" : ", ") + key_text(member.key) + " = " + inline_toml(member.value);
    return "{" + text + "}";
}

std::string inline_toml(const Node& node) {
    switch (node.kind) {
        case Node::Kind::Boolean: return node.truth ? "true" : "false";
        case Node::Kind::Integer: return fmt::to_string(node.integer);
        case Node::Kind::Float: return number_text(node.number);
        case Node::Kind::String: return toml_string(node.text);
        case Node::Kind::Date: return node.text;
        case Node::Kind::Array: return inline_array(node);
        case Node::Kind::Table: return inline_table(node);
    }
    return {};
}

void append_escaped(std::string& out, char c) {
    switch (c) {
        case '"': out += "\\\""; return;
        case '\\': out += "\\\\"; return;
        case '\n': out += "\\n"; return;
        case '\t': out += "\\t"; return;
        default:
            if (text::is_control(c))
                out += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
            else
                out += c;
    }
}

template <typename Members>
auto* find_in(Members& members, std::string_view key) {
    auto found = std::ranges::find(members, key, &Member::key);
    return found == members.end() ? nullptr : &found->value;
}

}  // namespace

const Node* Node::find(std::string_view key) const { return find_in(members, key); }
Node* Node::find(std::string_view key) { return find_in(members, key); }

std::string_view describe(Node::Kind kind) {
    switch (kind) {
        case Node::Kind::Boolean: return "true or false";
        case Node::Kind::Integer: return "an integer";
        case Node::Kind::Float: return "a number";
        case Node::Kind::String: return "a string";
        case Node::Kind::Date: return "a date or time";
        case Node::Kind::Array: return "a list";
        case Node::Kind::Table: return "a table";
    }
    return "";
}

Problem Document::problem_at(Position where, std::string key, std::string problem, std::string remedy) const {
    return {.file = where.file < files.size() ? files[where.file] : "",
            .line = where.line,
            .column = where.column,
            .key = std::move(key),
            .problem = std::move(problem),
            .remedy = std::move(remedy)};
}

std::string toml_string(std::string_view text) {
    std::string out = "\"";
    for (const char c : text) append_escaped(out, c);
    return out + "\"";
}

std::string key_text(std::string_view key) {
    return !key.empty() && std::ranges::all_of(key, is_bare) ? std::string(key) : toml_string(key);
}

// One line for each key at the top. Tables in the inline form: no [headers], so the order of keys is free.
std::string to_toml(const Node& root) {
    std::string text;
    for (const Member& member : root.members) text += key_text(member.key) + " = " + inline_toml(member.value) + "\n";
    return text;
}

}  // namespace config
