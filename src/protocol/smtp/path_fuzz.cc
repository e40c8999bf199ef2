#include "smtp/path.h"

#include "fuzz.h"
#include "smtp/limits.h"
#include "text/ascii.h"

// An address that is taken has one text, which is taken again and means the same; and it is no longer than allowed,
// free of control characters, with a domain in ASCII.
FUZZ(input) {
    for (const auto utf8 : {smtp::Utf8::Allowed, smtp::Utf8::Refused}) {
        const auto path = smtp::parse_forward_path(input, utf8);
        const auto reverse = smtp::parse_reverse_path(input, utf8);
        if (!path) {
            VERIFY(path.error().offset <= input.size());
            continue;
        }
        VERIFY(path->length <= input.size());
        const auto& mailbox = path->value;
        if (mailbox.is_bare_postmaster()) continue;
        VERIFY(reverse && reverse->value == mailbox && reverse->length == path->length);
        const auto text = smtp::to_text(mailbox);
        VERIFY(text.size() + 2 <= smtp::longest_path);
        VERIFY(text::is_7bit(mailbox.domain));
        VERIFY(utf8 == smtp::Utf8::Allowed || text::is_7bit(text));
        for (char c : text) VERIFY(!text::is_control(c));
        const auto again = smtp::parse_mailbox(text, utf8);
        VERIFY(again && *again == mailbox && smtp::to_text(*again) == text);
    }
}
