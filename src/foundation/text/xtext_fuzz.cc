#include "text/xtext.h"

#include <algorithm>

#include "fuzz.h"
#include "text/ascii.h"
#include "text/utf8.h"

// What is written can be read; what is read is safe to store in one line, and is written back as it came or as its
// canonical form, which reads the same.
FUZZ(input) {
    if (auto octets = text::parse_xtext(input)) {
        VERIFY(std::ranges::none_of(*octets, text::is_control));
        VERIFY(text::parse_xtext(text::to_xtext(*octets)) == octets);
    }
    if (auto utf8 = text::parse_unitext(input)) {
        VERIFY(text::is_utf8(*utf8));
        VERIFY(text::parse_unitext(text::to_unitext(*utf8)) == utf8);
    }
    VERIFY(text::is_7bit(text::to_xtext(input)) && text::is_7bit(text::to_unitext(input)));
}
