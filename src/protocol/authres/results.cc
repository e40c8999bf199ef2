#include "authres/results.h"

#include <fmt/format.h>

#include <algorithm>

#include "authres/reading.h"
#include "lang/try.h"
#include "text/ascii.h"

namespace authres {
namespace {

using text::Cursor;
using Code = Error::Code;

template <typename T>
using Parsed = std::expected<T, Error>;

constexpr std::size_t longest_value = 400;  // of one that we write

std::unexpected<Error> fail(const Cursor& in, Code code) { return std::unexpected(Error{code, in.offset()}); }

bool is_keyword_character(char c) { return text::is_alphanumeric(c) || c == '-' || c == '_'; }

Parsed<void> skip(Cursor& in) {
    if (!skip_cfws(in)) return fail(in, Code::OpenComment);
    return {};
}

Parsed<std::string> take_keyword(Cursor& in, Code otherwise) {
    const auto word = in.take_while(is_keyword_character);
    if (!is_keyword(word)) return fail(in, otherwise);
    return text::lower(word);
}

Parsed<unsigned> take_version(Cursor& in) {
    const auto digits = in.take_while(text::is_digit);
    if (digits.empty() || digits.size() > 6) return fail(in, Code::BadVersion);
    unsigned version = 0;
    for (char digit : digits) version = version * 10 + static_cast<unsigned>(digit - '0');
    return version;
}

// [CFWS] character [CFWS]
Parsed<void> take_between(Cursor& in, char character, Code otherwise) {
    TRY(skip(in));
    if (!in.take(character)) return fail(in, otherwise);
    return skip(in);
}

Parsed<std::string> take_text(Cursor& in) {
    auto value = take_value(in);
    if (!value) return fail(in, Code::BadValue);
    TRY(skip(in));
    return *std::move(value);
}

// propspec = ptype [CFWS] "." [CFWS] property [CFWS] "=" pvalue          RFC 8601 §2.2
Parsed<Property> take_property(Cursor& in, std::string type) {
    TRY(take_between(in, '.', Code::BadProperty));
    auto name = TRY(take_keyword(in, Code::BadProperty));
    TRY(take_between(in, '=', Code::BadProperty));
    return Property{std::move(type), std::move(name), TRY(take_text(in))};
}

// [ CFWS reasonspec ] [ CFWS 1*propspec ]; they stand in any order in the wild
Parsed<void> take_details(Cursor& in, Result& result) {
    while (!in.at_end() && in.peek() != ';') {
        auto word = TRY(take_keyword(in, Code::BadProperty));
        TRY(skip(in));
        if (in.peek() == '=' && word == "reason") {
            TRY(take_between(in, '=', Code::BadProperty));
            result.reason = TRY(take_text(in));
            continue;
        }
        if (result.properties.size() == most_properties) return fail(in, Code::TooMany);
        result.properties.push_back(TRY(take_property(in, std::move(word))));
    }
    return {};
}

// methodspec = [CFWS] method [CFWS] "=" [CFWS] result, and what is said of it; behind the ";"
Parsed<Result> take_result(Cursor& in, std::string method) {
    Result result;
    result.method = std::move(method);
    TRY(skip(in));
    if (in.take('/')) {
        TRY(skip(in));
        result.version = TRY(take_version(in));
    }
    TRY(take_between(in, '=', Code::BadMethod));
    result.result = TRY(take_keyword(in, Code::BadResult));
    TRY(skip(in));
    TRY(take_details(in, result));
    return result;
}

std::string quoted(std::string_view text) {
    std::string out = "\"";
    for (char c : text.substr(0, longest_value)) {
        if (c == '"' || c == '\\') out += '\\';
        out += text::is_control(c) ? '?' : c;
    }
    return out + '"';
}

// token          RFC 2045 §5.1
bool is_token(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return text::is_graphic(c) && !std::string_view("()<>@,;:\\\"/[]?=").contains(c);
    });
}

// value, or [ [ local-part ] "@" ] domain-name
std::string value_text(std::string_view value) {
    const auto at = value.find('@');
    const bool is_address =
        at != std::string_view::npos && is_token(value.substr(at + 1)) && (at == 0 || is_token(value.substr(0, at)));
    return (is_address || is_token(value)) && value.size() <= longest_value ? std::string(value) : quoted(value);
}

std::string to_text(const Result& result) {
    auto text = result.method;
    if (result.version != 1) text += fmt::format("/{}", result.version);
    text += '=' + result.result;
    if (!result.reason.empty()) text += " reason=" + quoted(result.reason);
    for (const auto& property : result.properties)
        text += fmt::format(" {}.{}={}", property.type, property.name, value_text(property.value));
    return text;
}

}  // namespace

std::string_view describe(Error::Code code) {
    switch (code) {
        case Code::MissingId: return "no name of the server that says so";
        case Code::BadVersion: return "not a version";
        case Code::MissingResult: return "no result";
        case Code::BadMethod: return "not a method";
        case Code::BadResult: return "not a result";
        case Code::BadProperty: return "not a property";
        case Code::BadValue: return "not a value";
        case Code::OpenComment: return "a comment without an end";
        case Code::TooMany: return "too many results";
    }
    return "";
}

bool is_keyword(std::string_view text) {
    return !text.empty() && std::ranges::all_of(text, is_keyword_character) && text.back() != '-';
}

std::expected<Results, Error> parse_results(std::string_view value) {
    Cursor in(value);
    TRY(skip(in));
    Results results;
    auto id = take_value(in);
    if (!id || id->empty()) return fail(in, Code::MissingId);
    results.authserv_id = *std::move(id);
    TRY(skip(in));
    if (text::is_digit(in.peek())) results.version = TRY(take_version(in));
    TRY(skip(in));
    if (in.at_end()) return fail(in, Code::MissingResult);
    while (!in.at_end()) {
        if (!in.take(';')) return fail(in, Code::BadProperty);
        TRY(skip(in));
        if (in.at_end() && !results.results.empty()) break;  // In the wild: a ";" at the end
        auto word = TRY(take_keyword(in, Code::BadMethod));
        TRY(skip(in));
        if (word == "none" && in.at_end() && results.results.empty()) break;
        if (results.results.size() == most_results) return fail(in, Code::TooMany);
        results.results.push_back(TRY(take_result(in, std::move(word))));
    }
    return results;
}

std::string to_text(const Results& results) {
    auto text = is_token(results.authserv_id) ? results.authserv_id : quoted(results.authserv_id);
    if (results.version != 1) text += fmt::format(" {}", results.version);
    if (results.results.empty()) return text + "; none";
    for (const auto& result : results.results) text += "; " + to_text(result);
    return text;
}

}  // namespace authres
