#include "mime/hops.h"

#include <algorithm>

#include "fuzz.h"
#include "mime/header.h"
#include "text/ascii.h"

// Whatever servers wrote: what goes into a log is printable and bounded, and the ids are among those of the hops.
FUZZ(message) {
    const auto hops = mime::hops_of(message);
    VERIFY(hops.size() == std::min(mime::count_fields(message, "Received"), mime::most_hops));
    const auto line = mime::to_line(hops);
    VERIFY(line.size() < 20 * 200);
    VERIFY(std::ranges::all_of(line, text::is_printable));
    VERIFY(
        std::ranges::all_of(mime::drawing_of(line, "  "), [](char c) { return c == '\n' || text::is_printable(c); }));
    mime::drawing_of(message, "");
    for (const auto& id : mime::earlier_ids(message, "mail.example"))
        VERIFY(std::ranges::any_of(hops, [&](const mime::Hop& hop) { return hop.id == id; }));
}
