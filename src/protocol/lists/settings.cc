#include "lists/settings.h"

#include <algorithm>

#include "text/ascii.h"
#include "text/utf8.h"

namespace lists {

bool is_subject_prefix(std::string_view text) {
    return text.size() <= longest_subject_prefix && text::is_utf8(text) &&
           std::ranges::none_of(text, text::is_control) && text::trim(text) == text;
}

bool is_footer(std::string_view text) {
    if (text.empty()) return true;
    if (text.size() > longest_footer || !text.ends_with('\n') || !text::is_utf8(text)) return false;
    std::size_t column = 0;
    for (const char c : text) {
        column = c == '\n' ? 0 : column + 1;
        if (column > longest_footer_line || (text::is_control(c) && c != '\n' && c != '\t')) return false;
    }
    return true;
}

}  // namespace lists
