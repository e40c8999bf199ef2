#include "authres/reading.h"

#include "text/ascii.h"

namespace authres {
namespace {

bool is_space(char c) { return text::is_blank(c) || c == '\r' || c == '\n'; }

// Not recursive: a thousand parentheses cost a counter.
bool skip_comment(text::Cursor& in) {
    std::size_t depth = 0;
    do {
        if (in.take('('))
            ++depth;
        else if (in.take(')'))
            --depth;
        else if (in.take('\\'))
            in.take_bytes(1);
        else if (in.take_bytes(1).empty())
            return false;
    } while (depth > 0);
    return true;
}

std::optional<std::string> take_quoted(text::Cursor& in) {
    std::string value;
    while (!in.take('"')) {
        in.take('\\');
        const auto octet = in.take_bytes(1);
        if (octet.empty()) return std::nullopt;
        if (octet[0] != '\r' && octet[0] != '\n') value += octet;
    }
    return value;
}

}  // namespace

bool skip_cfws(text::Cursor& in) {
    while (true) {
        in.take_while(is_space);
        if (in.peek() != '(') return true;
        if (!skip_comment(in)) return false;
    }
}

std::optional<std::string> take_value(text::Cursor& in) {
    if (in.take('"')) return take_quoted(in);
    // In the wild: addresses, paths and IPv6 addresses stand there without quotes, so only what ends a value ends it.
    const auto word = in.take_while(
        [](char c) { return (text::is_graphic(c) || text::is_8bit(c)) && !std::string_view("();\"\\").contains(c); });
    if (word.empty()) return std::nullopt;
    return std::string(word);
}

}  // namespace authres
