#include "pop3/command.h"

#include <algorithm>
#include <charconv>
#include <limits>

#include "lang/try.h"
#include "lang/wiping.h"
#include "text/ascii.h"
#include "text/base64.h"
#include "text/cursor.h"

namespace pop3 {
namespace {

using text::Cursor;
using Parsed = std::expected<Command, SyntaxError>;

std::unexpected<SyntaxError> fail(SyntaxError error) { return std::unexpected(error); }

void skip_blanks(Cursor& in) { in.take_while(text::is_blank); }

std::expected<std::string, SyntaxError> word(Cursor& in) {
    skip_blanks(in);
    const auto taken = in.take_while([](char c) { return !text::is_blank(c); });
    if (taken.empty()) return fail(SyntaxError::MissingArgument);
    return std::string(taken);
}

std::expected<void, SyntaxError> end(Cursor& in) {
    skip_blanks(in);
    if (!in.at_end()) return fail(SyntaxError::UnwantedArgument);
    return {};
}

std::expected<std::uint64_t, SyntaxError> number(Cursor& in) {
    const auto digits = TRY(word(in));
    if (!std::ranges::all_of(digits, text::is_digit)) return fail(SyntaxError::NotANumber);
    std::uint64_t value = 0;
    const auto [rest, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    // More than can be counted is more than there are.
    return error == std::errc() ? value : std::numeric_limits<std::uint64_t>::max();
}

std::expected<std::uint32_t, SyntaxError> message(Cursor& in) {
    const auto value = TRY(number(in));
    if (value == 0) return fail(SyntaxError::Zero);
    return static_cast<std::uint32_t>(std::min<std::uint64_t>(value, std::numeric_limits<std::uint32_t>::max()));
}

template <typename Simple>
Parsed parse_alone(Cursor& in) {
    TRY(end(in));
    return Simple{};
}

template <typename OfMessage>
Parsed parse_message(Cursor& in) {
    OfMessage command{.message = TRY(message(in))};
    TRY(end(in));
    return command;
}

template <typename OfMessages>
Parsed parse_messages(Cursor& in) {
    skip_blanks(in);
    if (in.at_end()) return OfMessages{};
    return parse_message<OfMessages>(in);
}

// USER name                                                                       RFC 1939 §7
// In the wild: names of virtual users and of old systems have blanks in them.
Parsed parse_user(Cursor& in) {
    const auto name = text::trim(in.rest());
    if (name.empty()) return fail(SyntaxError::MissingArgument);
    return User{std::string(name)};
}

// PASS string                                                                     RFC 1939 §7
Parsed parse_pass(Cursor& in) {
    if (!in.take(' ')) return fail(SyntaxError::MissingArgument);
    return Pass{on_heap(in.rest())};
}

// APOP name digest                                                                RFC 1939 §7
Parsed parse_apop(Cursor& in) {
    Apop apop;
    apop.name = TRY(word(in));
    apop.digest = TRY(word(in));
    TRY(end(in));
    return apop;
}

// AUTH mechanism [initial-response]                                               RFC 5034 §4
// In the wild: AUTH alone, to be told the mechanisms, as before there was CAPA.
Parsed parse_auth(Cursor& in) {
    skip_blanks(in);
    if (in.at_end()) return Auth{};
    Auth auth;
    auth.mechanism = TRY(word(in));
    std::ranges::transform(auth.mechanism, auth.mechanism.begin(), text::to_upper);
    skip_blanks(in);
    if (in.at_end()) return auth;
    const auto encoded = TRY(word(in));
    TRY(end(in));
    auth.initial_response = encoded == "=" ? std::string() : TRY(parse_sasl_response(encoded));
    return auth;
}

// LANG [lang-tag]                                                                 RFC 6856 §3
Parsed parse_lang(Cursor& in) {
    skip_blanks(in);
    if (in.at_end()) return Lang{};
    Lang lang{TRY(word(in))};
    TRY(end(in));
    return lang;
}

// TOP msg n                                                                       RFC 1939 §7
Parsed parse_top(Cursor& in) {
    Top top;
    top.message = TRY(message(in));
    top.lines = TRY(number(in));
    TRY(end(in));
    return top;
}

struct Keyword {
    std::string_view word;
    Parsed (*parse)(Cursor& in);
};
constexpr Keyword keywords[] = {
    {"USER", parse_user},
    {"PASS", parse_pass},
    {"APOP", parse_apop},
    {"AUTH", parse_auth},
    {"CAPA", parse_alone<Capa>},
    {"STLS", parse_alone<Stls>},
    {"UTF8", parse_alone<Utf8>},
    {"LANG", parse_lang},
    {"STAT", parse_alone<Stat>},
    {"LIST", parse_messages<List>},
    {"UIDL", parse_messages<Uidl>},
    {"RETR", parse_message<Retr>},
    {"TOP", parse_top},
    {"DELE", parse_message<Dele>},
    {"NOOP", parse_alone<Noop>},
    {"RSET", parse_alone<Rset>},
    {"LAST", parse_alone<Last>},
    {"QUIT", parse_alone<Quit>},
};

}  // namespace

std::string_view describe(SyntaxError error) {
    switch (error) {
        case SyntaxError::UnknownCommand: return "unknown command";
        case SyntaxError::StrangeCharacter: return "that line has control characters in it";
        case SyntaxError::MissingArgument: return "an argument is missing";
        case SyntaxError::UnwantedArgument: return "there is an argument too many";
        case SyntaxError::NotANumber: return "that is not a number";
        case SyntaxError::Zero: return "messages are counted from 1";
        case SyntaxError::NotBase64: return "that is not base64";
    }
    return "syntax error";
}

Parsed parse_command(std::string_view line) {
    Cursor in(line);
    const auto said = in.take_while([](char c) { return !text::is_blank(c); });
    const auto found = std::ranges::find_if(
        keywords, [&](const Keyword& known) { return text::equal_ignoring_case(known.word, said); });
    if (found == std::end(keywords)) return fail(SyntaxError::UnknownCommand);
    const bool is_strange = std::ranges::any_of(in.rest(), [](char c) { return text::is_control(c) && c != '\t'; });
    if (is_strange) return fail(SyntaxError::StrangeCharacter);
    return found->parse(in);
}

std::expected<std::string, SyntaxError> parse_sasl_response(std::string_view line) {
    auto octets = text::parse_base64(line);
    if (!octets) return fail(SyntaxError::NotBase64);
    return *std::move(octets);
}

}  // namespace pop3
