#include "pop3/multiline.h"

namespace pop3 {

void MessageWriter::end_line() {
    if (in_body_) {
        if (body_lines_ && --*body_lines_ == 0) is_full_ = true;
    } else if (line_is_empty_) {
        in_body_ = true;
        if (body_lines_ && *body_lines_ == 0) is_full_ = true;
    }
    at_line_start_ = true;
    line_is_empty_ = true;
}

void MessageWriter::write(std::string_view piece, std::string& out) {
    while (!piece.empty() && !is_full_) {
        if (at_line_start_ && piece.front() == '.') out += '.';
        const auto end = piece.find('\n');
        const auto line = piece.substr(0, end);
        const bool ends_with_cr = line.empty() ? after_cr_ : line.back() == '\r';
        out += line;
        // Alone, a CR may still become part of the line's end.
        line_is_empty_ = line_is_empty_ && (line.empty() || (line == "\r" && !after_cr_));
        if (!line.empty()) at_line_start_ = false;
        after_cr_ = ends_with_cr;
        if (end == piece.npos) return;
        out += ends_with_cr ? "\n" : "\r\n";
        after_cr_ = false;
        end_line();
        piece.remove_prefix(end + 1);
    }
}

void MessageWriter::finish(std::string& out) {
    // A CR at the very end is an octet of the message, and not half of its end.
    if (!at_line_start_) out += "\r\n";
    out += ".\r\n";
}

void WireSize::count(std::string_view piece) {
    if (piece.empty()) return;
    octets_ += piece.size();
    is_empty_ = false;
    for (auto at = piece.find('\n'); at != piece.npos; at = piece.find('\n', at + 1)) {
        const bool has_cr = at > 0 ? piece[at - 1] == '\r' : after_cr_;
        if (!has_cr) ++octets_;
    }
    ends_line_ = piece.back() == '\n';
    after_cr_ = piece.back() == '\r';
}

}  // namespace pop3
