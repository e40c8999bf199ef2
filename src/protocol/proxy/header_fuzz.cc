#include "proxy/header.h"

#include "fuzz.h"

// A header is final: more octets behind it change nothing, fewer are never enough.
FUZZ(input) {
    const auto got = proxy::parse_header(input);
    if (!got || !*got) return;
    VERIFY((*got)->length <= input.size() && (*got)->length <= proxy::longest_header);
    VERIFY(proxy::parse_header(input.substr(0, (*got)->length)) == got);
    const auto cut = proxy::parse_header(input.substr(0, (*got)->length - 1));
    VERIFY(cut && !*cut);
}
