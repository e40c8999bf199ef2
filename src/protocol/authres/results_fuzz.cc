#include "authres/results.h"

#include <algorithm>

#include "authres/removal.h"
#include "fuzz.h"
#include "text/ascii.h"

// What is read can be written down on one line, and reading that gives the same. Whatever is read as ours is removed,
// and of a header nothing else is.
FUZZ(text) {
    const authres::Ourselves ourselves{{"mx.example.org"}};
    const auto results = authres::parse_results(text);
    VERIFY(results || results.error().offset <= text.size());
    if (results) {
        const auto line = authres::to_text(*results);
        VERIFY(std::ranges::none_of(line, text::is_control));
        const auto again = authres::parse_results(line);
        VERIFY(again.has_value() && again->results.size() == results->results.size());
        VERIFY(authres::to_text(*again) == line);
        if (ourselves.has(results->authserv_id)) VERIFY(authres::is_forged(text, ourselves));
    }
    const auto kept = authres::without_forged(text, ourselves);
    VERIFY(kept.size() <= text.size() && authres::without_forged(kept, ourselves) == kept);
}
