#include "spf/macro.h"

#include <fmt/format.h>

#include <algorithm>

#include "lang/overloaded.h"
#include "lang/try.h"
#include "text/ascii.h"
#include "text/cursor.h"
#include "text/hex.h"

namespace spf {
namespace {

using text::Cursor;
using Code = Error::Code;

constexpr std::size_t longest_query = 253;  // §7.3
constexpr unsigned most_parts = 128;        // §7.3: at least as many as a name has labels

bool is_delimiter(char c) { return std::string_view(".-+,/_=").contains(c); }

std::unexpected<Error> fail(const Cursor& in, Code code) { return std::unexpected(Error{code, in.offset()}); }

bool is_letter_of(char letter, MacroUse use) {
    if (std::string_view("slodiphv").contains(letter)) return true;
    return use != MacroUse::Domain && std::string_view("crt").contains(letter);
}

// transformers = *DIGIT [ "r" ]          RFC 7208 §7.1
bool take_transformers(Cursor& in, Macro& macro) {
    const auto digits = in.take_while(text::is_digit);
    for (char digit : digits) macro.parts = std::min(macro.parts * 10 + static_cast<unsigned>(digit - '0'), most_parts);
    macro.is_reversed = in.take('r') || in.take('R');
    return digits.empty() || macro.parts > 0;  // §7.3: a number must not be zero
}

// macro-expand = "%{" macro-letter transformers *delimiter "}" / "%%" / "%_" / "%-", behind the "%"
std::expected<Macro, Error> take_macro(Cursor& in, MacroUse use) {
    const auto letter = in.take_bytes(1);
    if (letter.empty() || !is_letter_of(text::to_lower(letter[0]), use)) return fail(in, Code::BadMacro);
    Macro macro{.letter = text::to_lower(letter[0]), .is_escaped = letter[0] != text::to_lower(letter[0])};
    if (!take_transformers(in, macro)) return fail(in, Code::BadMacro);
    macro.delimiters = in.take_while(is_delimiter);
    if (!in.take('}')) return fail(in, Code::BadMacro);
    return macro;
}

void append(MacroString& macros, std::string_view text) {
    if (!macros.pieces.empty())
        if (auto* before = std::get_if<std::string>(&macros.pieces.back())) {
            *before += text;
            return;
        }
    macros.pieces.emplace_back(std::string(text));
}

// toplabel = ( *alphanum ALPHA *alphanum ) / ( 1*alphanum "-" *( alphanum / "-" ) alphanum )          §7.1
bool is_top_label(std::string_view label) {
    if (label.empty() || label.front() == '-' || label.back() == '-') return false;
    if (!std::ranges::all_of(label, [](char c) { return text::is_alphanumeric(c) || c == '-'; })) return false;
    return !std::ranges::all_of(label, text::is_digit);
}

bool ends_in_escape(std::string_view text) {
    if (text.size() < 2 || !std::string_view("%_-").contains(text.back())) return false;
    // "%%_" is a percent sign and a "_": what counts is whether the "%" before the last character opens anything.
    const auto before = text.substr(0, text.size() - 1);
    const auto other = before.find_last_not_of('%');
    return (before.size() - (other == std::string_view::npos ? 0 : other + 1)) % 2 == 1;
}

// domain-end = ( "." toplabel [ "." ] ) / macro-expand          §7.1
bool has_domain_end(const MacroString& macros, std::string_view text) {
    if (std::holds_alternative<Macro>(macros.pieces.back()) || ends_in_escape(text)) return true;
    if (text.ends_with('.')) text.remove_suffix(1);
    const auto dot = text.rfind('.');
    return dot != std::string_view::npos && is_top_label(text.substr(dot + 1));
}

std::string value_of(char letter, const Values& values) {
    switch (letter) {
        case 's': return fmt::format("{}@{}", values.local_part, values.sender_domain);
        case 'l': return std::string(values.local_part);
        case 'o': return std::string(values.sender_domain);
        case 'd': return std::string(values.domain);
        case 'i': return dotted(values.client);
        case 'p': return std::string(values.validated_name);
        case 'v': return values.client.is_v4() ? "in-addr" : "ip6";
        case 'h': return std::string(values.helo);
        case 'c': return ip::to_text(values.client);
        case 'r': return std::string(values.receiver);
        default: return std::to_string(values.now);
    }
}

// §7.3: split at the delimiters, turned around, so many from the right, joined by dots
std::string transformed(std::string value, const Macro& macro) {
    if (macro.parts == 0 && !macro.is_reversed && macro.delimiters.empty()) return value;
    const std::string_view delimiters = macro.delimiters.empty() ? std::string_view(".") : macro.delimiters;
    std::vector<std::string_view> parts;
    std::string_view rest = value;
    for (auto at = rest.find_first_of(delimiters); at != std::string_view::npos; at = rest.find_first_of(delimiters)) {
        parts.push_back(rest.substr(0, at));
        rest.remove_prefix(at + 1);
    }
    parts.push_back(rest);
    if (macro.is_reversed) std::ranges::reverse(parts);
    const auto from = macro.parts == 0 || macro.parts > parts.size() ? 0 : parts.size() - macro.parts;
    std::string joined;
    for (auto i = from; i < parts.size(); ++i) joined.append(i == from ? "" : ".").append(parts[i]);
    return joined;
}

// unreserved = ALPHA / DIGIT / "-" / "." / "_" / "~"          RFC 3986 §2.3
std::string url_escaped(std::string_view value) {
    std::string escaped;
    for (char c : value) {
        if (text::is_alphanumeric(c) || std::string_view("-._~").contains(c)) {
            escaped += c;
            continue;
        }
        const auto octet = static_cast<unsigned char>(c);
        escaped += {'%', text::upper_hex_digits[octet >> 4], text::upper_hex_digits[octet & 15]};
    }
    return escaped;
}

std::string expand(const Macro& macro, const Values& values) {
    auto value = transformed(value_of(macro.letter, values), macro);
    return macro.is_escaped ? url_escaped(value) : value;
}

std::string expand(const std::variant<std::string, Macro>& piece, const Values& values) {
    return std::visit(Overloaded{[](const std::string& text) { return text; },
                                 [&](const Macro& macro) { return expand(macro, values); }},
                      piece);
}

std::string text_of(std::string_view literal) {
    std::string text;
    for (std::size_t i = 0; i < literal.size(); ++i)
        if (literal.substr(i).starts_with("%20")) {
            text += "%-";  // "%%20" would say the same, but not where a domain ends
            i += 2;
        } else if (literal[i] == '%') {
            text += "%%";
        } else if (literal[i] == ' ') {
            text += "%_";
        } else {
            text += literal[i];
        }
    return text;
}

}  // namespace

std::ptrdiff_t MacroString::count_lines_within() const {
    std::ptrdiff_t count = 0;
    for (const auto& piece : pieces)
        if (const auto* literal = std::get_if<std::string>(&piece)) count += std::ranges::count(*literal, '\n');
    return count;
}

bool MacroString::uses(char letter) const {
    return std::ranges::any_of(pieces, [&](const auto& piece) {
        const auto* macro = std::get_if<Macro>(&piece);
        return macro && macro->letter == letter;
    });
}

bool Values::can_expand(const MacroString& macros) const {
    return text::is_7bit(local_part) || !(macros.uses('s') || macros.uses('l'));
}

std::expected<MacroString, Error> parse_macro_string(std::string_view text, MacroUse use) {
    Cursor in(text);
    MacroString macros;
    const auto is_literal = [use](char c) {
        const bool has_blanks = use == MacroUse::Explanation || use == MacroUse::Reply;
        return c != '%' && (text::is_graphic(c) || (c == ' ' && has_blanks) || (c == '\n' && use == MacroUse::Reply));
    };
    while (!in.at_end()) {
        if (const auto literal = in.take_while(is_literal); !literal.empty())
            append(macros, literal);
        else if (!in.take('%'))
            return fail(in, Code::BadCharacter);
        else if (in.take('%'))
            append(macros, "%");
        else if (in.take('_'))
            append(macros, " ");
        else if (in.take('-'))
            append(macros, "%20");
        else if (in.take('{'))
            macros.pieces.emplace_back(TRY(take_macro(in, use)));
        else
            return fail(in, Code::BadMacro);
    }
    return macros;
}

std::expected<MacroString, Error> parse_domain_spec(std::string_view text) {
    if (text.empty()) return std::unexpected(Error{Code::MissingDomain, 0});
    auto macros = TRY(parse_macro_string(text, MacroUse::Domain));
    if (!has_domain_end(macros, text)) return std::unexpected(Error{Code::BadDomain, text.size()});
    return macros;
}

std::string to_text(const MacroString& macros) {
    std::string text;
    for (const auto& piece : macros.pieces) {
        if (const auto* literal = std::get_if<std::string>(&piece)) {
            text += text_of(*literal);
            continue;
        }
        const auto& macro = std::get<Macro>(piece);
        text += fmt::format("%{{{}{}{}{}}}", macro.is_escaped ? text::to_upper(macro.letter) : macro.letter,
                            macro.parts == 0 ? "" : std::to_string(macro.parts), macro.is_reversed ? "r" : "",
                            macro.delimiters);
    }
    return text;
}

std::string expand_domain(const MacroString& macros, const Values& values) {
    std::string name;
    for (auto piece = macros.pieces.rbegin(); piece != macros.pieces.rend(); ++piece) {
        name.insert(0, expand(*piece, values));
        if (name.size() > longest_query + 1) break;  // what stands further left is cut off anyway
    }
    if (name.ends_with('.')) name.pop_back();
    while (name.size() > longest_query) {
        const auto dot = name.find('.');
        if (dot == std::string::npos) break;  // one label: no name, whatever is cut
        name.erase(0, dot + 1);
    }
    return name;
}

std::optional<std::string> expand_text(const MacroString& macros, const Values& values, std::size_t most_octets) {
    std::string text;
    for (const auto& piece : macros.pieces) {
        text += expand(piece, values);
        if (text.size() > most_octets) return std::nullopt;
    }
    return text;
}

std::optional<dns::Name> to_name(std::string_view text) {
    if (text.ends_with('.')) text.remove_suffix(1);
    std::vector<std::string_view> labels;
    if (text.empty() || text.size() > longest_query) return std::nullopt;
    for (auto at = text.find('.'); at != std::string_view::npos; at = text.find('.')) {
        labels.push_back(text.substr(0, at));
        text.remove_prefix(at + 1);
    }
    labels.push_back(text);
    return dns::name_of(labels);
}

std::string dotted(const ip::Address& address) {
    if (address.is_v4()) return ip::to_text(address);
    std::string nibbles;
    // In capitals, as published examples and tests have it; to the DNS it is the same.
    for (auto octet : address.octets)
        nibbles += {text::upper_hex_digits[octet >> 4], '.', text::upper_hex_digits[octet & 15], '.'};
    nibbles.pop_back();
    return nibbles;
}

}  // namespace spf
