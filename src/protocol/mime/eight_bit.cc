#include "mime/eight_bit.h"

#include <algorithm>

#include "text/ascii.h"

namespace mime {

void Composition::add(std::string_view piece) {
    size_ += piece.size();
    while (!piece.empty()) {
        const auto end = piece.find('\n');
        add_to_line(piece.substr(0, end));
        if (end == std::string_view::npos) return;
        end_line();
        piece.remove_prefix(end + 1);
    }
}

// Octets of one line, without its LF; a CR at their end may belong to the line end.
void Composition::add_to_line(std::string_view octets) {
    if (octets.empty()) return;
    if (after_cr_) {
        has_bare_ = true;
        ++line_;
    }
    after_cr_ = octets.back() == '\r';
    if (after_cr_) octets.remove_suffix(1);
    line_ += octets.size();
    has_bare_ |= octets.find('\r') != std::string_view::npos;
    has_nul_ |= octets.find('\0') != std::string_view::npos;
    bool& has_8bit = in_header_ ? has_8bit_header_ : has_8bit_body_;
    has_8bit = has_8bit || !text::is_7bit(octets);
}

void Composition::end_line() {
    has_bare_ |= !after_cr_;
    after_cr_ = false;
    if (line_ == 0) in_header_ = false;
    longest_ = std::max(longest_, line_);
    line_ = 0;
}

std::size_t Composition::longest_line() const { return std::max(longest_, line_); }

}  // namespace mime
