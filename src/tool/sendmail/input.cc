#include "sendmail/input.h"

namespace sendmail {

bool DotEnd::take(std::string_view piece, std::string& out) {
    while (!piece.empty()) {
        if (!at_start_) {
            const auto end = piece.find('\n');
            at_start_ = end != piece.npos;
            const auto line = piece.substr(0, at_start_ ? end + 1 : end);
            out += line;
            piece.remove_prefix(line.size());
            continue;
        }
        const char c = piece.front();
        piece.remove_prefix(1);
        if (c == '\n' && !line_.empty()) return true;  // ".\n", ".\r\n"
        const bool goes_on = (c == '.' && line_.empty()) || (c == '\r' && line_ == ".");
        line_ += c;
        if (goes_on) continue;
        out += line_;
        line_.clear();
        at_start_ = c == '\n';
    }
    return false;
}

void DotEnd::finish(std::string& out) {
    out += line_;
    line_.clear();
}

}  // namespace sendmail
