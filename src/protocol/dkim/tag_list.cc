#include "dkim/tag_list.h"

#include <algorithm>
#include <charconv>

#include "lang/try.h"
#include "text/ascii.h"
#include "text/base64.h"

namespace dkim {
namespace {

using Problem = TagListProblem;

// tag-name = ALPHA *ALNUMPUNC
bool is_tag_name(std::string_view name) {
    return !name.empty() && text::is_letter(name.front()) &&
           std::ranges::all_of(name, [](char c) { return text::is_alphanumeric(c) || c == '_'; });
}

// tag-value = [ tval *( 1*(WSP / FWS) tval ) ]; VALCHAR is printable ASCII but ";"
bool is_tag_value(std::string_view value) {
    unsigned wrong = 0;  // without a branch for each octet, so that the compiler looks at many at once
    for (const char c : value)
        wrong |= (unsigned{c <= ' '} | unsigned{c >= '\x7f'}) & unsigned{c != ' '} & unsigned{c != '\t'} &
                 unsigned{c != '\r'} & unsigned{c != '\n'};
    return wrong == 0;
}

// tag-spec = [FWS] tag-name [FWS] "=" [FWS] tag-value [FWS]
std::expected<Tag, Problem> parse_tag(std::string_view part, std::size_t offset) {
    const auto equals = part.find('=');
    if (equals == std::string_view::npos) return std::unexpected(Problem::MissingEquals);
    const auto after = part.substr(equals + 1);
    const Tag tag{trim_white_space(part.substr(0, equals)), trim_white_space(after), offset + equals + 1, after.size()};
    if (!is_tag_name(tag.name)) return std::unexpected(Problem::BadName);
    if (!is_tag_value(tag.value)) return std::unexpected(Problem::BadValue);
    return tag;
}

}  // namespace

std::string_view describe(TagListProblem problem) {
    switch (problem) {
        case Problem::MissingEquals: return "a tag without \"=\"";
        case Problem::BadName: return "a tag whose name is none";
        case Problem::BadValue: return "a tag whose value has octets that may not be there";
        case Problem::Repeated: return "a tag that stands there twice";
        case Problem::TooMany: return "too many tags";
    }
    return "";
}

std::expected<TagList, TagListProblem> TagList::parse(std::string_view text) {
    TagList list;
    std::size_t offset = 0;
    for (;;) {
        const auto end = std::min(text.find(';', offset), text.size());
        const auto part = text.substr(offset, end - offset);
        const bool is_last = end == text.size();
        if (is_last && !list.tags_.empty() && trim_white_space(part).empty()) return list;
        const Tag tag = TRY(parse_tag(part, offset));
        if (list.find(tag.name) != nullptr) return std::unexpected(Problem::Repeated);
        if (list.tags_.size() == most_tags) return std::unexpected(Problem::TooMany);
        list.tags_.push_back(tag);
        if (is_last) return list;
        offset = end + 1;
    }
}

const Tag* TagList::find(std::string_view name) const {
    const auto found = std::ranges::find(tags_, name, &Tag::name);
    return found == tags_.end() ? nullptr : &*found;
}

std::optional<std::string_view> TagList::value(std::string_view name) const {
    const Tag* tag = find(name);
    return tag ? std::optional(tag->value) : std::nullopt;
}

std::string_view trim_white_space(std::string_view text) {
    while (!text.empty() && is_white_space(text.front())) text.remove_prefix(1);
    while (!text.empty() && is_white_space(text.back())) text.remove_suffix(1);
    return text;
}

std::string without_white_space(std::string_view text) {
    std::string rest(text.size(), '\0');
    std::size_t length = 0;
    for (const char c : text) {
        rest[length] = c;
        length += is_white_space(c) ? 0 : 1;
    }
    rest.resize(length);
    return rest;
}

std::vector<std::string_view> split_trimmed(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const auto end = text.find(separator);
        parts.push_back(trim_white_space(text.substr(0, end)));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::optional<std::uint64_t> parse_number(std::string_view text, std::size_t most_digits) {
    std::uint64_t number = 0;
    if (text.empty() || text.size() > most_digits || !std::ranges::all_of(text, text::is_digit)) return std::nullopt;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() ? std::optional(number) : std::nullopt;
}

std::optional<std::string> parse_folded_base64(std::string_view text) {
    return text::parse_base64(without_white_space(text));
}

}  // namespace dkim
