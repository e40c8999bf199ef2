#include "dns/record.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <limits>

#include "lang/overloaded.h"
#include "text/ascii.h"
#include "text/cursor.h"
#include "text/escape.h"
#include "text/hex.h"

namespace dns {
namespace {

using text::Cursor;

constexpr std::size_t longest_string = 255;  // of a TXT record, RFC 1035 §3.3

struct NamedType {
    Type type;
    std::string_view name;
};
constexpr std::array named_types{
    NamedType{Type::A, "A"},       NamedType{Type::Ns, "NS"},     NamedType{Type::Cname, "CNAME"},
    NamedType{Type::Soa, "SOA"},   NamedType{Type::Ptr, "PTR"},   NamedType{Type::Mx, "MX"},
    NamedType{Type::Txt, "TXT"},   NamedType{Type::Aaaa, "AAAA"}, NamedType{Type::Tlsa, "TLSA"},
    NamedType{Type(33), "SRV"},    NamedType{Type(43), "DS"},     NamedType{Type(46), "RRSIG"},
    NamedType{Type(48), "DNSKEY"}, NamedType{Type(99), "SPF"},    NamedType{Type(257), "CAA"},
};

template <typename Number>
std::optional<Number> parse_number(std::string_view digits) {
    Number number{};
    const auto end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, number);
    if (digits.empty() || error != std::errc() || stopped != end) return std::nullopt;
    return number;
}

std::string_view take_word(Cursor& in) {
    in.take_while(text::is_blank);
    return in.take_while([](char c) { return !text::is_blank(c); });
}

std::optional<Value> parse_host(std::string_view text, ip::Family family) {
    const auto address = ip::parse_address(text);
    if (!address || address->family != family) return std::nullopt;
    return Host{*address};
}

std::optional<Value> parse_alias(std::string_view text) {
    const auto target = parse_name(text);
    if (!target) return std::nullopt;
    return Alias{*target};
}

std::optional<Value> parse_mx(std::string_view text) {
    Cursor in(text);
    const auto preference = parse_number<std::uint16_t>(take_word(in));
    const auto exchange = parse_name(take_word(in));
    if (!preference || !exchange || !in.at_end()) return std::nullopt;
    return Mx{*preference, *exchange};
}

Value parse_txt(std::string_view text) {
    Txt txt;
    do {
        txt.strings.emplace_back(text.substr(0, longest_string));
        text.remove_prefix(txt.strings.back().size());
    } while (!text.empty());
    return txt;
}

// Hexadecimal digits, with blanks anywhere
std::optional<std::string> take_hex(Cursor& in) {
    std::string digits;
    std::ranges::copy_if(in.rest(), std::back_inserter(digits), [](char c) { return !text::is_blank(c); });
    return text::parse_hex(digits);
}

std::optional<Value> parse_tlsa(std::string_view text) {
    Cursor in(text);
    const auto usage = parse_number<std::uint8_t>(take_word(in));
    const auto selector = parse_number<std::uint8_t>(take_word(in));
    const auto matching_type = parse_number<std::uint8_t>(take_word(in));
    auto association = take_hex(in);
    if (!usage || !selector || !matching_type || !association) return std::nullopt;
    return Tlsa{*usage, *selector, *matching_type, *std::move(association)};
}

// "\#" length hexadecimal          RFC 3597 §5
std::optional<Value> parse_opaque(std::string_view text) {
    Cursor in(text);
    if (take_word(in) != "\\#") return Opaque{std::string(text)};
    const auto length = parse_number<std::uint16_t>(take_word(in));
    auto octets = take_hex(in);
    if (!length || !octets || octets->size() != *length) return std::nullopt;
    return Opaque{*std::move(octets)};
}

std::string txt_text(const Txt& txt) {
    std::string out;
    for (const auto& string : txt.strings) {
        if (!out.empty()) out += ' ';
        out += '"';
        for (char c : text::escaped(string, std::numeric_limits<std::size_t>::max())) {
            if (c == '"') out += '\\';
            out += c;
        }
        out += '"';
    }
    return out;
}

}  // namespace

std::string to_text(Type type) {
    const auto named = std::ranges::find(named_types, type, &NamedType::type);
    if (named != named_types.end()) return std::string(named->name);
    return fmt::format("TYPE{}", static_cast<std::uint16_t>(type));
}

std::optional<Type> parse_type(std::string_view text) {
    const auto named =
        std::ranges::find_if(named_types, [&](const auto& t) { return text::equal_ignoring_case(t.name, text); });
    if (named != named_types.end()) return named->type;
    if (!text::starts_with_ignoring_case(text, "TYPE")) return std::nullopt;
    const auto number = parse_number<std::uint16_t>(text.substr(4));
    if (!number) return std::nullopt;
    return Type(*number);
}

std::string Txt::joined() const {
    std::string text;
    for (const auto& string : strings) text += string;
    return text;
}

std::optional<Value> parse_value(Type type, std::string_view text) {
    switch (type) {
        case Type::A: return parse_host(text, ip::Family::V4);
        case Type::Aaaa: return parse_host(text, ip::Family::V6);
        case Type::Ns:
        case Type::Cname:
        case Type::Ptr: return parse_alias(text);
        case Type::Mx: return parse_mx(text);
        case Type::Txt: return parse_txt(text);
        case Type::Tlsa: return parse_tlsa(text);
        case Type::Soa: break;
    }
    return parse_opaque(text);
}

std::string to_text(const Value& value) {
    return std::visit(Overloaded{
                          [](const Host& host) { return ip::to_text(host.address); },
                          [](const Alias& alias) { return to_text(alias.target); },
                          [](const Mx& mx) { return fmt::format("{} {}", mx.preference, to_text(mx.exchange)); },
                          [](const Txt& txt) { return txt_text(txt); },
                          [](const Tlsa& tlsa) {
                              return fmt::format("{} {} {} {}", tlsa.usage, tlsa.selector, tlsa.matching_type,
                                                 text::to_hex(tlsa.association));
                          },
                          [](const Opaque& opaque) {
                              return fmt::format("\\# {} {}", opaque.octets.size(), text::to_hex(opaque.octets));
                          },
                      },
                      value);
}

}  // namespace dns
