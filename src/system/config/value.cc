#include "config/value.h"

#include "text/utf8.h"

namespace config {
namespace {

constexpr std::size_t longest_shown = 60;

std::string beginning(std::string_view text) {
    std::string start(text::utf8_prefix(text, longest_shown));
    return start.size() < text.size() ? start + "…" : start;
}

}  // namespace

void Reading::wrong_kind(const Node& node, std::string_view wanted) {
    const bool is_text = node.kind == Node::Kind::String;
    complain(node.where, is_text ? shown(node) + " is not usable" : "is " + shown(node),
             "it must be " + std::string(wanted));
}

std::string shown(const Node& node) {
    switch (node.kind) {
        case Node::Kind::Boolean: return node.truth ? "true" : "false";
        case Node::Kind::Integer: return fmt::to_string(node.integer);
        case Node::Kind::Float: return fmt::to_string(node.number);
        case Node::Kind::String: return "\"" + beginning(node.text) + "\"";
        default: return std::string(describe(node.kind));
    }
}

std::optional<std::int64_t> read_octets(const Node& node) {
    const auto count = node.kind == Node::Kind::String ? parse_octets(node.text) : std::nullopt;
    if (!count || !std::in_range<std::int64_t>(*count)) return std::nullopt;
    return static_cast<std::int64_t>(*count);
}

}  // namespace config
