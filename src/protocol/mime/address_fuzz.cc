#include "mime/address.h"

#include <algorithm>

#include "fuzz.h"
#include "text/ascii.h"

// A list that is printed reads back the same; addresses hold nothing that could end a line; errors point into the text.
FUZZ(value) {
    const auto list = mime::parse_address_list(value);
    if (!list) {
        VERIFY(list.error().offset <= value.size());
        return;
    }
    for (const auto& mailbox : *list)
        VERIFY(!mailbox.addr_spec.empty() &&
               std::ranges::none_of(mailbox.addr_spec, [](char c) { return text::is_control(c) && c != '\t'; }));
    const auto again = mime::parse_address_list(mime::to_text(*list));
    VERIFY(again && *again == *list);
}
