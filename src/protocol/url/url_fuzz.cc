#include "url/url.h"

#include <algorithm>

#include "fuzz.h"
#include "text/ascii.h"

// What is accepted is written down so that it is read the same again, and its target is fit for a request line.
FUZZ(text) {
    const auto found = url::parse(text);
    if (!found) return;
    VERIFY(std::ranges::all_of(found->target, text::is_graphic));
    VERIFY(found->target.starts_with('/') && found->port != 0);
    VERIFY(url::parse(url::to_text(*found)) == found);
}
