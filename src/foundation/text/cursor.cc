#include "text/cursor.h"

#include <algorithm>

#include "text/ascii.h"

namespace text {

std::string_view Cursor::take_bytes(std::size_t length) {
    auto taken = rest_.substr(0, length);
    rest_.remove_prefix(taken.size());
    return taken;
}

bool Cursor::take(char expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(1);
    return true;
}

bool Cursor::take_word(std::string_view word) {
    if (!starts_with_ignoring_case(rest_, word)) return false;
    rest_.remove_prefix(word.size());
    return true;
}

}  // namespace text
