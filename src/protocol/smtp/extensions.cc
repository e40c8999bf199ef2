#include "smtp/extensions.h"

#include <fmt/format.h>

#include <charconv>
#include <utility>

#include "text/ascii.h"

namespace smtp {
namespace {

constexpr int most_lines = 100;
constexpr std::size_t most_mechanisms = 30;

std::optional<std::uint64_t> parse_number(std::string_view text) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// The next word, taken off the front.
std::string_view take_word(std::string_view& text) {
    text = text::trim(text);
    std::size_t length = 0;
    while (length < text.size() && !text::is_blank(text[length])) ++length;
    const auto word = text.substr(0, length);
    text.remove_prefix(length);
    return word;
}

// LIMITS RCPTMAX=20 MAILMAX=5                                                     RFC 9422 §4
void parse_limits(std::string_view rest, Extensions& extensions) {
    for (auto limit = take_word(rest); !limit.empty(); limit = take_word(rest)) {
        const auto equals = limit.find('=');
        if (equals == limit.npos) continue;
        const auto name = limit.substr(0, equals);
        const auto value = parse_number(limit.substr(equals + 1));
        if (!value || *value == 0) continue;
        if (text::equal_ignoring_case(name, "RCPTMAX")) extensions.rcpt_max = value;
        if (text::equal_ignoring_case(name, "MAILMAX")) extensions.mail_max = value;
        if (text::equal_ignoring_case(name, "RCPTDOMAINMAX")) extensions.rcpt_domain_max = value;
    }
}

void parse_mechanisms(std::string_view rest, Extensions& extensions) {
    for (auto word = take_word(rest); !word.empty(); word = take_word(rest)) {
        if (extensions.auth.size() == most_mechanisms) return;
        std::string mechanism(word);
        for (char& c : mechanism) c = text::to_upper(c);
        extensions.auth.push_back(std::move(mechanism));
    }
}

void parse_size(std::string_view rest, Extensions& extensions) {
    const auto value = take_word(rest);
    const auto number = value.empty() ? std::optional<std::uint64_t>(0) : parse_number(value);
    extensions.has_size = true;
    extensions.size = number.value_or(0);
}

constexpr std::pair<std::string_view, bool Extensions::*> flags[] = {
    {"PIPELINING", &Extensions::pipelining},
    {"8BITMIME", &Extensions::eight_bit_mime},
    {"ENHANCEDSTATUSCODES", &Extensions::enhanced_status_codes},
    {"CHUNKING", &Extensions::chunking},
    {"BINARYMIME", &Extensions::binary_mime},
    {"SMTPUTF8", &Extensions::smtputf8},
    {"DSN", &Extensions::dsn},
    {"STARTTLS", &Extensions::starttls},
    {"VRFY", &Extensions::vrfy},
    {"HELP", &Extensions::help},
};

void parse_line(std::string_view line, Extensions& extensions) {
    // In the wild: "AUTH=LOGIN" besides "AUTH LOGIN", for clients older than the standard.
    if (text::starts_with_ignoring_case(line, "AUTH=")) return parse_mechanisms(line.substr(5), extensions);
    const auto keyword = take_word(line);
    for (const auto& [name, flag] : flags) {
        if (text::equal_ignoring_case(keyword, name)) extensions.*flag = true;
    }
    if (text::equal_ignoring_case(keyword, "SIZE")) parse_size(line, extensions);
    if (text::equal_ignoring_case(keyword, "LIMITS")) parse_limits(line, extensions);
    if (text::equal_ignoring_case(keyword, "AUTH")) parse_mechanisms(line, extensions);
}

void add_limits(const Extensions& extensions, std::string& text) {
    if (!extensions.rcpt_max && !extensions.mail_max && !extensions.rcpt_domain_max) return;
    text += "\nLIMITS";
    if (extensions.rcpt_max) text += fmt::format(" RCPTMAX={}", *extensions.rcpt_max);
    if (extensions.mail_max) text += fmt::format(" MAILMAX={}", *extensions.mail_max);
    if (extensions.rcpt_domain_max) text += fmt::format(" RCPTDOMAINMAX={}", *extensions.rcpt_domain_max);
}

}  // namespace

Reply hello_reply(std::string_view hostname, const Extensions& extensions) {
    std::string text(hostname);
    if (extensions.has_size) text += extensions.size ? fmt::format("\nSIZE {}", extensions.size) : "\nSIZE";
    for (const auto& [name, flag] : flags) {
        if (extensions.*flag) text.append(1, '\n').append(name);
    }
    add_limits(extensions, text);
    if (!extensions.future_release.empty()) text += "\nFUTURERELEASE " + extensions.future_release;
    if (!extensions.auth.empty()) text += "\nAUTH";
    for (const auto& mechanism : extensions.auth) text.append(1, ' ').append(mechanism);
    return {250, "", std::move(text)};
}

Extensions parse_extensions(const Reply& reply) {
    Extensions extensions;
    std::string_view rest = reply.text;
    for (int line = 0; line < most_lines && !rest.empty(); ++line) {
        const auto text = rest.substr(0, rest.find('\n'));
        if (line > 0) parse_line(text, extensions);
        rest.remove_prefix(text.size());
        if (rest.starts_with('\n')) rest.remove_prefix(1);
    }
    return extensions;
}

}  // namespace smtp
