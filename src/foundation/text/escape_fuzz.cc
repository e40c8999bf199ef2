#include "text/escape.h"

#include <algorithm>

#include "fuzz.h"
#include "text/ascii.h"
#include "text/utf8.h"

// Whatever comes from outside leaves as one line of valid UTF-8 without control characters, within its limit.
FUZZ(outside) {
    const auto printable = text::escaped(outside, 100);
    VERIFY(printable.size() <= 100);
    VERIFY(text::is_utf8(printable));
    VERIFY(std::ranges::none_of(printable, text::is_control));
    VERIFY(text::utf8_prefix(outside, 7).size() <= 7);
    if (text::is_utf8(outside)) VERIFY(text::is_utf8(text::utf8_prefix(outside, 7)));
}
