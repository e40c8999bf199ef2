#include "bayes/html.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>

#include "mime/charset.h"
#include "text/ascii.h"

namespace bayes {
namespace {

constexpr std::size_t most_attributes = 40;
constexpr std::size_t most_links = 500;
constexpr std::size_t longest_link = 500;
constexpr std::size_t most_marks = 60;
constexpr std::size_t longest_name = 16;
constexpr std::size_t longest_entity = 10;

bool is_space(char c) { return text::is_blank(c) || c == '\r' || c == '\n' || c == '\f'; }

struct Entity {
    std::string_view name;
    std::uint32_t code;
};
constexpr auto entities = std::to_array<Entity>({
    {"amp", '&'},      {"lt", '<'},       {"gt", '>'},       {"quot", '"'},     {"apos", '\''},     {"nbsp", ' '},
    {"copy", 0xa9},    {"reg", 0xae},     {"trade", 0x2122}, {"euro", 0x20ac},  {"pound", 0xa3},    {"cent", 0xa2},
    {"yen", 0xa5},     {"shy", 0xad},     {"zwnj", 0x200c},  {"zwj", 0x200d},   {"hellip", 0x2026}, {"ndash", 0x2013},
    {"mdash", 0x2014}, {"lsquo", 0x2018}, {"rsquo", 0x2019}, {"ldquo", 0x201c}, {"rdquo", 0x201d},  {"bull", 0x2022},
    {"agrave", 0xe0},  {"aacute", 0xe1},  {"acirc", 0xe2},   {"atilde", 0xe3},  {"auml", 0xe4},     {"aring", 0xe5},
    {"aelig", 0xe6},   {"ccedil", 0xe7},  {"egrave", 0xe8},  {"eacute", 0xe9},  {"ecirc", 0xea},    {"euml", 0xeb},
    {"igrave", 0xec},  {"iacute", 0xed},  {"icirc", 0xee},   {"iuml", 0xef},    {"ntilde", 0xf1},   {"ograve", 0xf2},
    {"oacute", 0xf3},  {"ocirc", 0xf4},   {"otilde", 0xf5},  {"ouml", 0xf6},    {"oslash", 0xf8},   {"ugrave", 0xf9},
    {"uacute", 0xfa},  {"ucirc", 0xfb},   {"uuml", 0xfc},    {"yacute", 0xfd},  {"szlig", 0xdf},    {"Auml", 0xc4},
    {"Ouml", 0xd6},    {"Uuml", 0xdc},    {"Eacute", 0xc9},  {"Agrave", 0xc0},  {"Ccedil", 0xc7},   {"Ntilde", 0xd1},
});

/// Tags that do not part the words on both sides of them.
bool is_inline(std::string_view name) {
    constexpr std::string_view names[] = {"a",   "abbr", "acronym", "b",     "bdo", "big",   "code", "em",     "font",
                                          "i",   "ins",  "del",     "label", "s",   "small", "span", "strike", "strong",
                                          "sub", "sup",  "tt",      "u",     "wbr", "o:p",   "nobr"};
    return std::ranges::find(names, name) != std::end(names);
}
/// Tags that never have an end of their own.
bool is_void(std::string_view name) {
    constexpr std::string_view names[] = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "wbr"};
    return std::ranges::find(names, name) != std::end(names);
}

/// Without blanks, in lower case.
std::string squeezed(std::string_view text) {
    std::string result;
    for (const char c : text.substr(0, 400))
        if (!is_space(c)) result += text::to_lower(c);
    return result;
}

bool hides(const std::string& style) {
    for (const std::string_view sign : {"display:none", "visibility:hidden", "mso-hide:all"})
        if (style.contains(sign)) return true;
    for (const std::string_view property : {"font-size:", "max-height:", "opacity:"}) {
        const auto at = style.find(property);
        if (at == style.npos) continue;
        const auto value = std::string_view(style).substr(at + property.size());
        // "0", "0px", "0.0", "1px" of letters; but not "0.9em"
        const auto end = std::min(value.find_first_not_of("0123456789."), value.size());
        const auto number = value.substr(0, end);
        if (!number.empty() && number.find_first_not_of("0.") == number.npos) return true;
        if (property == "font-size:" && number == "1" && value.substr(end).starts_with("px")) return true;
    }
    return false;
}

bool is_white(std::string_view color) {
    return color == "white" || color == "#ffffff" || color == "#fff" || color == "ffffff" || color == "#fefefe";
}

struct Tag {
    std::string name;  // lower case
    bool closes = false;
    bool hides = false;
};

class Reader {
public:
    explicit Reader(std::string_view html) : rest_(html) { page_.text.reserve(html.size() / 2); }

    Page read() {
        while (!rest_.empty()) {
            const auto plain = std::min(rest_.find_first_of("<&"), rest_.size());
            show(rest_.substr(0, plain));
            rest_.remove_prefix(plain);
            if (rest_.empty()) break;
            if (rest_[0] == '&')
                read_entity();
            else
                read_markup();
        }
        return std::move(page_);
    }

private:
    void show(std::string_view text) {
        if (hidden_.empty()) page_.text += text;
    }
    void mark(std::string_view what) {
        if (page_.marks.size() < most_marks && std::ranges::find(page_.marks, what) == page_.marks.end())
            page_.marks.emplace_back(what);
    }

    // "&" name ";" / "&#" number ";"; the ";" may be missing behind a number
    void read_entity() {
        const auto found = entity(rest_.substr(1, longest_entity + 1));
        if (!found) {
            show("&");
            rest_.remove_prefix(1);
            return;
        }
        std::string character;
        mime::append_utf8(character, found->code);
        show(character);
        rest_.remove_prefix(1 + found->length);
    }

    struct Found {
        std::uint32_t code;
        std::size_t length;
    };
    std::optional<Found> entity(std::string_view text) {
        if (text.starts_with('#')) return number(text);
        const auto end = text.find(';');
        if (end == text.npos) return std::nullopt;
        for (const auto& [name, code] : entities)
            if (name == text.substr(0, end)) return Found{code, end + 1};
        return std::nullopt;
    }
    std::optional<Found> number(std::string_view text) {
        const bool is_hex = text.size() > 1 && text::to_lower(text[1]) == 'x';
        std::size_t at = is_hex ? 2 : 1;
        const auto begin = at;
        std::uint32_t code = 0;
        for (; at < text.size() && at < begin + 7; ++at) {
            const char c = text::to_lower(text[at]);
            if (text::is_digit(c))
                code = code * (is_hex ? 16 : 10) + static_cast<std::uint32_t>(c - '0');
            else if (is_hex && c >= 'a' && c <= 'f')
                code = code * 16 + static_cast<std::uint32_t>(c - 'a' + 10);
            else
                break;
        }
        if (at == begin || code == 0 || code > 0x10'ffff || (code >= 0xd800 && code < 0xe000)) return std::nullopt;
        if (code > 0x7f || text::is_alphanumeric(static_cast<char>(code)))
            if (code < 0x7f) mark("disguised");  // who writes letters as numbers does not want them read by programs
        if (at < text.size() && text[at] == ';') ++at;
        return Found{code == 0xa0 ? ' ' : code, at};
    }

    void read_markup() {
        if (rest_.starts_with("<!--")) return skip_comment();
        const char next = rest_.size() > 1 ? rest_[1] : ' ';
        if (next == '!' || next == '?') return skip_past('>');
        if (!text::is_letter(next) && next != '/') {
            show("<");
            rest_.remove_prefix(1);
            return;
        }
        const auto tag = read_tag();
        take(tag);
    }

    // In the wild: an end that never comes. Then the comment is its first two octets, as the rest would be lost.
    void skip_comment() {
        if (comments_end_) {
            const auto end = rest_.find("-->", 4);
            if (end != rest_.npos) {
                mark("comment");
                return rest_.remove_prefix(end + 3);
            }
            comments_end_ = false;  // looked for once: time stays linear
        }
        skip_past('>');
    }
    void skip_past(char end) {
        const auto at = rest_.find(end);
        rest_.remove_prefix(at == rest_.npos ? rest_.size() : at + 1);
    }

    Tag read_tag() {
        rest_.remove_prefix(1);
        Tag tag;
        if (rest_.starts_with('/')) {
            tag.closes = true;
            rest_.remove_prefix(1);
        }
        while (!rest_.empty() && !is_space(rest_[0]) && rest_[0] != '>' && rest_[0] != '/') {
            if (tag.name.size() < longest_name) tag.name += text::to_lower(rest_[0]);
            rest_.remove_prefix(1);
        }
        for (std::size_t i = 0; i < most_attributes; ++i)
            if (!read_attribute(tag)) return tag;
        skip_past('>');
        return tag;
    }

    /// False: the tag has ended.
    bool read_attribute(Tag& tag) {
        while (!rest_.empty() && (is_space(rest_[0]) || rest_[0] == '/')) rest_.remove_prefix(1);
        if (rest_.empty()) return false;
        if (rest_[0] == '>') {
            rest_.remove_prefix(1);
            return false;
        }
        const auto end = std::min(rest_.find_first_of(" \t\r\n\f=>/", 1), rest_.size());
        const auto name = text::lower(rest_.substr(0, std::min(end, longest_name)));
        rest_.remove_prefix(end);
        while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
        if (!rest_.starts_with('=')) return true;
        rest_.remove_prefix(1);
        while (!rest_.empty() && is_space(rest_[0])) rest_.remove_prefix(1);
        take_attribute(tag, name, read_value());
        return true;
    }
    std::string_view read_value() {
        if (rest_.empty()) return {};
        const char quote = rest_[0];
        const bool is_quoted = quote == '"' || quote == '\'';
        if (is_quoted) rest_.remove_prefix(1);
        const auto end = is_quoted ? rest_.find(quote) : rest_.find_first_of(" \t\r\n\f>");
        const auto value = rest_.substr(0, end);
        rest_.remove_prefix(std::min(value.size() + (is_quoted ? 1 : 0), rest_.size()));
        return value;
    }

    void take_attribute(Tag& tag, std::string_view name, std::string_view value) {
        if (name == "href" || name == "src" || name == "action" || name == "background") {
            if (page_.links.size() < most_links) page_.links.emplace_back(text::trim(value.substr(0, longest_link)));
            return;
        }
        if (name == "style") {
            const auto style = squeezed(value);
            tag.hides = tag.hides || hides(style);
        }
        if (name == "hidden") tag.hides = true;
        if (name == "color" && is_white(squeezed(value))) mark("white");
        if (name == "bgcolor") mark("bgcolor");
        if (name.starts_with("on")) mark("event");
        if (name == "alt" || name == "title") {
            show(" ");
            show(value.substr(0, longest_link));
        }
    }

    void take(const Tag& tag) {
        if (!tag.closes) mark(tag.name);
        if (!hidden_.empty()) return take_hidden(tag);
        if (!is_inline(tag.name)) page_.text += tag.name == "p" || tag.name == "br" || tag.name == "td" ? "\n" : " ";
        if (tag.closes || is_void(tag.name)) return;
        const bool is_program = tag.name == "script" || tag.name == "style";
        if (!is_program && !tag.hides) return;
        if (is_program) return skip_program(tag.name);
        mark("hidden");
        hidden_ = tag.name;
        hidden_depth_ = 1;
    }
    void take_hidden(const Tag& tag) {
        if (tag.name != hidden_ || is_void(tag.name)) return;
        hidden_depth_ += tag.closes ? -1 : 1;
        if (hidden_depth_ == 0) hidden_.clear();
    }
    // Their content is no markup: it ends at the first "</".
    void skip_program(std::string_view name) {
        while (!rest_.empty()) {
            const auto end = rest_.find("</");
            rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 2);
            if (text::starts_with_ignoring_case(rest_, name)) return skip_past('>');
        }
    }

    std::string_view rest_;
    Page page_;
    std::string hidden_;  // the tag whose content is not shown
    int hidden_depth_ = 0;
    bool comments_end_ = true;
};

}  // namespace

Page read_html(std::string_view html) { return Reader(html).read(); }

}  // namespace bayes
