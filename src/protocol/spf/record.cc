#include "spf/record.h"

#include <fmt/format.h>

#include <algorithm>

#include "lang/overloaded.h"
#include "lang/try.h"
#include "text/ascii.h"
#include "text/cursor.h"

namespace spf {
namespace {

using text::Cursor;
using Code = Error::Code;

template <typename T>
using Parsed = std::expected<T, Error>;

constexpr std::string_view version = "v=spf1";

std::unexpected<Error> fail(Code code) { return std::unexpected(Error{code, 0}); }

// name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )          RFC 7208 §4.6.1
bool is_name_character(char c) { return text::is_alphanumeric(c) || c == '-' || c == '_' || c == '.'; }

// ip4-cidr-length = "/" ("0" / %x31-39 0*1DIGIT), ip6-cidr-length likewise          §5.3; the digits alone
Parsed<int> parse_length(std::string_view digits, int most) {
    const bool is_zero_padded = digits.size() > 1 && digits[0] == '0';
    if (digits.empty() || digits.size() > 3 || is_zero_padded) return fail(Code::BadPrefixLength);
    int length = 0;
    for (char digit : digits) {
        if (!text::is_digit(digit)) return fail(Code::BadPrefixLength);
        length = length * 10 + (digit - '0');
    }
    if (length > most) return fail(Code::BadPrefixLength);
    return length;
}

/// Takes "/" and digits off the end; nothing where they do not stand there.
std::optional<std::string_view> take_last_length(std::string_view& text) {
    const auto slash = text.rfind('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto digits = text.substr(slash + 1);
    if (digits.empty() || digits.find_first_not_of("0123456789") != std::string_view::npos) return std::nullopt;
    text = text.substr(0, slash);
    return digits;
}

// dual-cidr-length = [ ip4-cidr-length ] [ "/" ip6-cidr-length ]          §5.3
// A domain-spec may contain "/" too, but its last label may not: so it is read from the end.
Parsed<PrefixLengths> take_lengths(std::string_view& value) {
    PrefixLengths lengths;
    auto rest = value;
    auto last = take_last_length(rest);
    if (last && rest.ends_with('/')) {
        rest.remove_suffix(1);
        lengths.v6 = TRY(parse_length(*last, 128));
        value = rest;
        last = take_last_length(rest);
    }
    if (last) {
        lengths.v4 = TRY(parse_length(*last, 32));
        value = rest;
    }
    return lengths;
}

// [ ":" domain-spec ]
Parsed<std::optional<MacroString>> parse_optional_domain(std::string_view value) {
    if (value.empty()) return std::nullopt;
    if (!value.starts_with(':')) return fail(Code::UnexpectedValue);
    return TRY(parse_domain_spec(value.substr(1)));
}

// ":" domain-spec
Parsed<MacroString> parse_domain(std::string_view value) {
    auto domain = TRY(parse_optional_domain(value));
    if (!domain) return fail(Code::MissingDomain);
    return *std::move(domain);
}

// a = "a" [ ":" domain-spec ] [ dual-cidr-length ], and mx likewise          §5.3, §5.4
template <typename Kind>
Parsed<Mechanism> parse_hosts(std::string_view value) {
    Kind mechanism;
    mechanism.lengths = TRY(take_lengths(value));
    mechanism.domain = TRY(parse_optional_domain(value));
    return mechanism;
}

// ip4 = "ip4" ":" ip4-network [ ip4-cidr-length ], ip6 likewise          §5.6
Parsed<Mechanism> parse_ip(std::string_view value, ip::Family family) {
    if (!value.starts_with(':')) return fail(Code::BadAddress);
    value.remove_prefix(1);
    const auto slash = std::min(value.find('/'), value.size());
    const auto address = ip::parse_address(value.substr(0, slash));
    if (!address || address->family != family) return fail(Code::BadAddress);
    int length = address->bits();
    if (slash < value.size()) length = TRY(parse_length(value.substr(slash + 1), length));
    return Ip{{*address, length}};
}

Parsed<Mechanism> parse_mechanism(std::string_view name, std::string_view value) {
    const auto is = [name](std::string_view word) { return text::equal_ignoring_case(name, word); };
    if (is("all")) return value.empty() ? Parsed<Mechanism>(All{}) : fail(Code::UnexpectedValue);
    if (is("include")) return Include{TRY(parse_domain(value))};
    if (is("a")) return parse_hosts<A>(value);
    if (is("mx")) return parse_hosts<Mx>(value);
    if (is("ptr")) return Ptr{TRY(parse_optional_domain(value))};
    if (is("ip4")) return parse_ip(value, ip::Family::V4);
    if (is("ip6")) return parse_ip(value, ip::Family::V6);
    if (is("exists")) return Exists{TRY(parse_domain(value))};
    return fail(Code::UnknownTerm);
}

// directive = [ qualifier ] mechanism          §4.6.1
Parsed<Directive> parse_directive(std::string_view term) {
    Directive directive;
    if (std::string_view("+-~?").contains(term[0])) {
        directive.qualifier = Qualifier(term[0]);
        term.remove_prefix(1);
    }
    Cursor in(term);
    const auto name = in.take_while(text::is_alphanumeric);
    directive.mechanism = TRY(parse_mechanism(name, in.rest()));
    return directive;
}

Parsed<void> set_once(std::optional<MacroString>& modifier, std::string_view value) {
    if (modifier) return fail(Code::RepeatedModifier);  // §6
    modifier = TRY(parse_domain_spec(value));
    return {};
}

// modifier = redirect / explanation / unknown-modifier          §6, the name and what is behind the "="
Parsed<void> add_modifier(Record& record, std::string_view name, std::string_view value) {
    if (text::equal_ignoring_case(name, "redirect")) return set_once(record.redirect, value);
    if (text::equal_ignoring_case(name, "exp")) return set_once(record.explanation, value);
    record.unknown.push_back({std::string(name), TRY(parse_macro_string(value, MacroUse::Modifier))});
    return {};
}

Parsed<void> add_term(Record& record, std::string_view term) {
    Cursor in(term);
    const auto name = in.take_while(is_name_character);
    if (in.take('=')) {
        if (name.empty() || !text::is_letter(name[0])) return fail(Code::BadModifier);
        return add_modifier(record, name, in.rest());
    }
    record.directives.push_back(TRY(parse_directive(term)));
    return {};
}

// terms = *( 1*SP ( directive / modifier ) ), and *SP behind them          §4.5, §4.6.1
Parsed<Record> parse_terms(std::string_view text, std::size_t offset) {
    Record record;
    Cursor in(text);
    while (true) {
        in.take_while([](char c) { return c == ' '; });
        if (in.at_end()) return record;
        const auto start = offset + in.offset();
        const auto term = in.take_while([](char c) { return c != ' '; });
        const auto bad = std::ranges::find_if_not(term, text::is_graphic);
        if (bad != term.end())
            return std::unexpected(Error{Code::BadCharacter, start + static_cast<std::size_t>(bad - term.begin())});
        if (const auto added = add_term(record, term); !added) return std::unexpected(Error{added.error().code, start});
    }
}

std::string lengths_text(const PrefixLengths& lengths) {
    std::string text;
    if (lengths.v4 != 32) text += fmt::format("/{}", lengths.v4);
    if (lengths.v6 != 128) text += fmt::format("//{}", lengths.v6);
    return text;
}

std::string domain_text(const std::optional<MacroString>& domain) { return domain ? ":" + to_text(*domain) : ""; }

std::string ip_text(const ip::Network& network) {
    const auto text = fmt::format("{}:{}", network.address.is_v4() ? "ip4" : "ip6", ip::to_text(network.address));
    return network.prefix_length == network.address.bits() ? text : fmt::format("{}/{}", text, network.prefix_length);
}

}  // namespace

Result result_of(Qualifier qualifier) {
    switch (qualifier) {
        case Qualifier::Pass: return Result::Pass;
        case Qualifier::Fail: return Result::Fail;
        case Qualifier::SoftFail: return Result::SoftFail;
        case Qualifier::Neutral: break;
    }
    return Result::Neutral;
}

std::string to_text(const Mechanism& mechanism) {
    return std::visit(Overloaded{
                          [](const All&) -> std::string { return "all"; },
                          [](const Include& include) { return "include:" + to_text(include.domain); },
                          [](const A& a) { return "a" + domain_text(a.domain) + lengths_text(a.lengths); },
                          [](const Mx& mx) { return "mx" + domain_text(mx.domain) + lengths_text(mx.lengths); },
                          [](const Ptr& ptr) { return "ptr" + domain_text(ptr.domain); },
                          [](const Ip& ip) { return ip_text(ip.network); },
                          [](const Exists& exists) { return "exists:" + to_text(exists.domain); },
                      },
                      mechanism);
}

std::string to_text(const Directive& directive) {
    const auto text = to_text(directive.mechanism);
    return directive.qualifier == Qualifier::Pass ? text : static_cast<char>(directive.qualifier) + text;
}

bool is_record(std::string_view text) {
    return text::starts_with_ignoring_case(text, version) &&
           (text.size() == version.size() || text[version.size()] == ' ');
}

std::expected<Record, Error> parse_record(std::string_view text) {
    if (!is_record(text)) return fail(Code::NotSpf);
    return parse_terms(text.substr(version.size()), version.size());
}

std::string to_text(const Record& record) {
    std::string text(version);
    for (const auto& directive : record.directives) text += ' ' + to_text(directive);
    if (record.redirect) text += " redirect=" + to_text(*record.redirect);
    if (record.explanation) text += " exp=" + to_text(*record.explanation);
    for (const auto& modifier : record.unknown) text += ' ' + modifier.name + '=' + to_text(modifier.value);
    return text;
}

std::expected<std::vector<Directive>, Error> parse_rules(std::string_view text) {
    const auto offset = is_record(text) ? version.size() : 0;
    auto record = TRY(parse_terms(text.substr(offset), offset));
    if (record.redirect || record.explanation || !record.unknown.empty()) return fail(Code::BadModifier);
    return std::move(record.directives);
}

}  // namespace spf
