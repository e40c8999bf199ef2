#include "queries/pattern.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <utility>

#include "text/ascii.h"

namespace queries {
namespace {

constexpr std::array<std::pair<std::string_view, Field>, 3> names{
    {{"address", Field::Address}, {"local_part", Field::LocalPart}, {"domain", Field::Domain}}};

/// "{word}" at the beginning of the text: the word. Other braces are the query's own.
std::optional<std::string_view> word_in_braces(std::string_view text) {
    const auto end = text.find('}');
    if (end == std::string_view::npos || end < 2) return std::nullopt;
    const auto word = text.substr(1, end - 1);
    const bool is_word = std::ranges::all_of(word, [](char c) { return text::is_alphanumeric(c) || c == '_'; });
    return is_word ? std::optional(word) : std::nullopt;
}

}  // namespace

const std::string& Fields::operator[](Field field) const {
    switch (field) {
        case Field::Address: return address;
        case Field::LocalPart: return local_part;
        case Field::Domain: break;
    }
    return domain;
}

Fields fields_of(std::string_view address) {
    const auto at = address.rfind('@');
    return {.address = std::string(address),
            .local_part = std::string(address.substr(0, at)),
            .domain = at == address.npos ? "" : std::string(address.substr(at + 1))};
}

std::expected<std::vector<Piece>, std::string> parse_pattern(std::string_view text) {
    std::vector<Piece> pieces(1);
    while (!text.empty()) {
        const auto brace = text.find('{');
        pieces.back().text += text.substr(0, brace);
        if (brace == std::string_view::npos) break;
        text.remove_prefix(brace);
        const auto word = word_in_braces(text);
        if (!word) {
            pieces.back().text += '{';
            text.remove_prefix(1);
            continue;
        }
        const auto known = std::ranges::find(names, *word, &std::pair<std::string_view, Field>::first);
        if (known == names.end())
            return std::unexpected(
                fmt::format("there is no field {{{}}}: write {{address}}, {{local_part}} or {{domain}}", *word));
        pieces.back().field = known->second;
        pieces.emplace_back();
        text.remove_prefix(word->size() + 2);
    }
    if (pieces.back().text.empty() && pieces.size() > 1) pieces.pop_back();
    return pieces;
}

}  // namespace queries
