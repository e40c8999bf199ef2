#include "smtp/reply_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "lang/verify.h"
#include "smtp/limits.h"
#include "text/ascii.h"

namespace smtp {
namespace {

// Reply-code = %x32-35 DIGIT DIGIT                                                §4.2
// In the wild: the second digit is not always 0 to 5 ("571", "591").
std::uint16_t parse_code(std::string_view line) {
    if (line.size() < 3 || line[0] < '2' || line[0] > '5' || !text::is_digit(line[1]) || !text::is_digit(line[2]))
        return 0;
    return static_cast<std::uint16_t>((line[0] - '0') * 100 + (line[1] - '0') * 10 + (line[2] - '0'));
}

std::size_t digits_at(std::string_view text, std::size_t at) {
    std::size_t count = 0;
    while (at + count < text.size() && text::is_digit(text[at + count])) ++count;
    return count;
}

// status-code = class "." subject "." detail, of the same class as the reply      RFC 2034 §4
std::string_view enhanced_code(std::string_view text, std::uint16_t code) {
    if (text.size() < 5 || text[0] != static_cast<char>('0' + code / 100) || text[1] != '.') return {};
    const auto subject = digits_at(text, 2);
    if (subject < 1 || subject > 3 || 2 + subject >= text.size() || text[2 + subject] != '.') return {};
    const auto detail = digits_at(text, 3 + subject);
    const auto length = 3 + subject + detail;
    if (detail < 1 || detail > 3 || (length < text.size() && !text::is_blank(text[length]))) return {};
    return text.substr(0, length);
}

std::string_view without_prefix(std::string_view text, std::string_view prefix) {
    if (prefix.empty() || !text.starts_with(prefix)) return text;
    text.remove_prefix(prefix.size());
    return text::trim(text);
}

void append_printable(std::string& out, std::string_view text) {
    for (char c : text) out += c == '\t' ? ' ' : text::is_control(c) ? '?' : c;
}

}  // namespace

std::size_t ReplyReader::read(std::string_view octets) {
    std::size_t used = 0;
    while (used < octets.size() && state_ == State::NeedMore) {
        const auto rest = octets.substr(used);
        const auto end = rest.find('\n');
        const auto part = rest.substr(0, end == rest.npos ? rest.size() : end + 1);
        used += part.size();
        size_ += part.size();
        if (size_ > longest_reply) {
            fail("The server's reply is too long");
        } else {
            line_.append(part);
            if (end != rest.npos) end_line();
        }
    }
    return used;
}

void ReplyReader::end_line() {
    std::string_view line = line_;
    line.remove_suffix(1);
    if (line.ends_with('\r')) line.remove_suffix(1);  // In the wild: LF alone
    const auto code = parse_code(line);
    const char separator = line.size() > 3 ? line[3] : ' ';
    if (code == 0 || (separator != ' ' && separator != '-')) return fail("The server does not speak SMTP");
    // §4.2.1: the same code in each line. Different ones of one class do no harm; the last one counts.
    if (!is_first_ && code / 100 != reply_.code / 100) return fail("The server contradicts itself");
    reply_.code = code;
    auto text = line.substr(std::min<std::size_t>(4, line.size()));
    if (is_first_) reply_.enhanced = enhanced_code(text, code);
    if (!is_first_) reply_.text += '\n';
    append_printable(reply_.text, without_prefix(text, reply_.enhanced));
    is_first_ = false;
    line_.clear();
    if (separator == ' ') state_ = State::Complete;
}

void ReplyReader::fail(std::string_view why) {
    state_ = State::Broken;
    std::string text(why);
    const auto seen = std::string_view(line_).substr(0, 80);
    if (!seen.empty()) append_printable(text.append(": "), seen.substr(0, seen.find_first_of("\r\n")));
    reply_ = Reply(451, "4.5.0", std::move(text));
    line_.clear();
}

Reply ReplyReader::take() {
    VERIFY(state_ != State::NeedMore);
    if (state_ == State::Complete) state_ = State::NeedMore;
    size_ = 0;
    is_first_ = true;
    return std::exchange(reply_, {});
}

Reply parse_reply(std::string_view octets) {
    ReplyReader reader;
    reader.read(octets);
    if (reader.state() == ReplyReader::State::NeedMore) return {451, "4.5.0", "The server's reply is incomplete"};
    return reader.take();
}

}  // namespace smtp
