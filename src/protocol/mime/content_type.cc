#include "mime/content_type.h"

#include <algorithm>

#include "text/ascii.h"
#include "text/cursor.h"

namespace mime {
namespace {

using text::Cursor;

constexpr std::size_t longest_value = 8192;
constexpr std::size_t most_parameters = 50;
constexpr std::size_t longest_boundary = 70;

bool is_space(char c) { return text::is_blank(c) || c == '\r' || c == '\n'; }

// token = 1*<any CHAR except SPACE, CTLs, or tspecials>          RFC 2045 §5.1
bool is_token_octet(char c) {
    return text::is_graphic(c) && std::string_view("()<>@,;:\\\"/[]?=").find(c) == std::string_view::npos;
}

/// Blanks, folding and comments; false: a comment has no end.
bool skip_between(Cursor& in) {
    std::size_t depth = 0;
    while (!in.at_end()) {
        const char c = in.peek();
        if (depth == 0 && c != '(' && !is_space(c)) return true;
        in.take_bytes(depth > 0 && c == '\\' ? 2 : 1);
        if (c == '(') ++depth;
        if (c == ')') --depth;
    }
    return depth == 0;
}

std::optional<std::string> take_quoted(Cursor& in) {
    std::string content;
    in.take('"');
    while (!in.at_end() && !in.take('"')) {
        in.take('\\');
        const auto octet = in.take_bytes(1);
        if (octet.empty() || (text::is_control(octet[0]) && !is_space(octet[0]))) return std::nullopt;
        if (octet[0] != '\r' && octet[0] != '\n') content += octet;
        if (in.at_end()) return std::nullopt;
    }
    return content;
}

// parameter = attribute "=" value          RFC 2045 §5.1
bool take_parameter(Cursor& in, ContentType& into) {
    auto name = text::lower(in.take_while(is_token_octet));
    if (name.empty() || !skip_between(in) || !in.take('=') || !skip_between(in)) return false;
    auto value = in.peek() == '"' ? take_quoted(in) : std::optional(std::string(in.take_while(is_token_octet)));
    if (!value || value->empty() || !into.parameter(name).empty() || into.parameters.size() == most_parameters)
        return false;
    into.parameters.emplace_back(std::move(name), *std::move(value));
    return true;
}

}  // namespace

bool is_token(std::string_view text) { return !text.empty() && std::ranges::all_of(text, is_token_octet); }

std::string_view ContentType::parameter(std::string_view name) const {
    const auto found =
        std::ranges::find(parameters, name, [](const auto& one) -> std::string_view { return one.first; });
    return found == parameters.end() ? std::string_view() : std::string_view(found->second);
}

bool ContentType::has_extended(std::string_view name) const {
    return std::ranges::any_of(parameters, [&](const auto& one) {
        return one.first.starts_with(name) && std::string_view(one.first).substr(name.size()).starts_with('*');
    });
}

// content = type "/" subtype *(";" parameter)          RFC 2045 §5.1
std::optional<ContentType> parse_content_type(std::string_view value) {
    if (value.size() > longest_value) return std::nullopt;
    Cursor in(value);
    ContentType content;
    if (!skip_between(in)) return std::nullopt;
    content.type = text::lower(in.take_while(is_token_octet));
    if (content.type.empty() || !skip_between(in) || !in.take('/') || !skip_between(in)) return std::nullopt;
    content.subtype = text::lower(in.take_while(is_token_octet));
    if (content.subtype.empty() || !skip_between(in)) return std::nullopt;
    while (in.take(';')) {
        if (!skip_between(in)) return std::nullopt;
        if (in.at_end()) break;
        if (!take_parameter(in, content) || !skip_between(in)) return std::nullopt;
    }
    if (!in.at_end()) return std::nullopt;
    return content;
}

// boundary = 0*69<bchars> bcharsnospace          RFC 2046 §5.1.1; In the wild: other ASCII too
bool is_boundary(std::string_view text) {
    return !text.empty() && text.size() <= longest_boundary && std::ranges::all_of(text, text::is_printable) &&
           text.back() != ' ';
}

std::optional<std::size_t> find_end_of_parts(std::string_view body, std::string_view boundary) {
    bool has_begun = false;
    std::optional<std::size_t> last;
    for (std::size_t at = 0; at < body.size();) {
        const auto end = std::min(body.find('\n', at), body.size());
        auto line = body.substr(at, end - at);
        if (line.ends_with('\r')) line.remove_suffix(1);
        while (!line.empty() && text::is_blank(line.back())) line.remove_suffix(1);  // transport padding
        if (line.starts_with("--") && line.substr(2).starts_with(boundary)) {
            const auto rest = line.substr(2 + boundary.size());
            const bool ends = rest == "--";
            if (last || (ends ? !has_begun : !rest.empty())) return std::nullopt;
            if (ends) last = at;
            has_begun = true;
        }
        at = end + 1;
    }
    return last;
}

}  // namespace mime
