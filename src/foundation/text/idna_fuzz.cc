#include "text/idna.h"

#include <algorithm>

#include "fuzz.h"
#include "text/ascii.h"

// The A-label form is within the DNS's limits, in lower case, and its own A-label form.
FUZZ(domain) {
    text::to_u_labels(domain);
    const auto converted = text::to_a_labels(domain);
    if (!converted) return;
    VERIFY(!converted->empty() && converted->size() <= 253);
    VERIFY(std::ranges::all_of(*converted, [](char c) {
        return text::is_digit(c) || (c >= 'a' && c <= 'z') || c == '-' || c == '_' || c == '.';
    }));
    VERIFY(text::to_a_labels(*converted) == converted);
}
