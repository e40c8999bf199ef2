#include "milter/reply_code.h"

#include <algorithm>
#include <string>

#include "text/ascii.h"

namespace milter {
namespace {

constexpr std::size_t most_lines = 32;
constexpr std::size_t longest_text = 2048;

/// "5.7.1 " in front of a line of a reply with this class; goes from the line.
std::string take_enhanced(std::string_view& line, char its_class) {
    const auto end = line.find(' ');
    const auto word = line.substr(0, end);
    constexpr std::size_t longest = 9;  // "5.123.456" (RFC 3463 §2)
    const bool is_code = word.size() >= 5 && word.size() <= longest && word[0] == its_class && word[1] == '.' &&
                         std::ranges::count(word, '.') == 2 &&
                         std::ranges::all_of(word, [](char c) { return text::is_digit(c) || c == '.'; }) &&
                         !word.ends_with('.') && !word.contains("..");
    if (!is_code) return {};
    line.remove_prefix(end == std::string_view::npos ? line.size() : end + 1);
    return std::string(word);
}

}  // namespace

std::optional<smtp::Reply> parse_reply_code(std::string_view text) {
    if (text.size() < 3 || text.size() > longest_text) return std::nullopt;
    const auto code = text.substr(0, 3);
    if ((code[0] != '4' && code[0] != '5') || !std::ranges::all_of(code, text::is_digit) || code[1] > '5')
        return std::nullopt;
    smtp::Reply reply;
    reply.code = static_cast<std::uint16_t>((code[0] - '0') * 100 + (code[1] - '0') * 10 + (code[2] - '0'));
    for (std::size_t lines = 0;; ++lines) {
        const auto end = text.find("\r\n");
        auto line = text.substr(0, end);
        const bool is_last = end == std::string_view::npos || end + 2 == text.size();
        if (!line.starts_with(code) || lines == most_lines) return std::nullopt;
        line.remove_prefix(3);
        if (!line.empty() && line.front() != (is_last ? ' ' : '-')) return std::nullopt;
        if (line.empty() && !is_last) return std::nullopt;
        if (!line.empty()) line.remove_prefix(1);
        auto enhanced = take_enhanced(line, code[0]);
        if (lines == 0) reply.enhanced = enhanced.empty() ? std::string{code[0]} + ".7.1" : std::move(enhanced);
        reply.text += (lines == 0 ? "" : "\n") + std::string(line);
        if (is_last) break;
        text.remove_prefix(end + 2);
    }
    if (reply.text.empty()) reply.text = "The message is refused";
    return reply;
}

}  // namespace milter
