#include "smtp/reply.h"

#include <algorithm>

#include "lang/verify.h"
#include "smtp/limits.h"
#include "text/ascii.h"

namespace smtp {
namespace {

// Reply-line = Reply-code ( "-" / SP ) [ status-code SP ] [ textstring ] CRLF     §4.2, RFC 2034 §4
void append_line(const Reply& reply, char separator, std::string_view text, std::string& out) {
    const char digits[] = {static_cast<char>('0' + reply.code / 100), static_cast<char>('0' + reply.code / 10 % 10),
                           static_cast<char>('0' + reply.code % 10), separator};
    out.append(digits, sizeof digits);
    out += reply.enhanced;
    if (!reply.enhanced.empty() && !text.empty()) out += ' ';
    for (char c : text) out += text::is_control(c) ? '?' : c;
    out += "\r\n";
}

}  // namespace

void Reply::append_to(std::string& out) const {
    VERIFY(code >= 200 && code <= 599);
    VERIFY(enhanced.size() < longest_reply_line / 2);
    const std::size_t room = longest_reply_line - 2 - 4 - (enhanced.empty() ? 0 : enhanced.size() + 1);
    std::string_view rest = text;
    for (bool more = true; more;) {
        const auto line = rest.substr(0, std::min(rest.find('\n'), room));
        more = line.size() < rest.size();
        rest.remove_prefix(line.size());
        if (rest.starts_with('\n')) rest.remove_prefix(1);
        append_line(*this, more ? '-' : ' ', line, out);
    }
}

std::string Reply::wire() const {
    std::string out;
    out.reserve(text.size() + 16);
    append_to(out);
    return out;
}

}  // namespace smtp
